"""Which artists a name may mean, on both databases: CI runs these on PostgreSQL too."""

import pytest
from django.db import connection, transaction

from annotator.domain.name_index import (
    filled_in_bulk,
    keys_that_share_a_block,
    make_name_index,
    name_index_put_off,
    tidy_name_index,
)
from annotator.domain.name_lookup import How, find_candidates, suggest_artists
from annotator.enums import ArtistState
from ner_core.gazetteer import artist_key
from tests.factories import make_artist

pytestmark = pytest.mark.django_db


def found(name, **options):
    [candidates] = find_candidates([name], **options)
    return [(str(candidate.artist), candidate.spelling, candidate.score, candidate.how) for candidate in candidates]


def test_the_same_key_is_found_by_name_and_by_alias():
    make_artist("P!nk", "Alecia Moore")
    assert found("PINK") == [("P!nk", "P!nk", 1.0, How.KEY)]
    assert found("alecia  moore") == [("P!nk", "Alecia Moore", 1.0, How.KEY)]


def test_near_spellings_are_found_with_a_score():
    make_artist("Marlow Vane", "The Marlow Vane Trio")
    assert found("Marlowe Vane") == [("Marlow Vane", "Marlow Vane", pytest.approx(10 / 11), How.NEAR)]
    assert found("Marlow Vane Tiro") == [("Marlow Vane", "The Marlow Vane Trio", pytest.approx(13 / 14), How.NEAR)]


@pytest.mark.parametrize("name", ["U3", "M84", "Airs", "Blink 183", "Sting", "Maroon 6", "Lantern Hall"])
def test_short_names_and_other_numbers_never_match_by_distance(name):
    for known in ("U2", "M83", "Air", "Blink 182", "Stings", "Maroon 5"):
        make_artist(known)
    assert [row for row in found(name) if row[3] is How.NEAR and row[0] != "Stings"] == []


def test_letters_for_digits_are_found():
    make_artist("Deadmaus")
    make_artist("Rehab")
    assert found("deadmau5") == [("Deadmaus", "Deadmaus", 0.95, How.LETTERS)]
    assert found("R3HAB") == [("Rehab", "Rehab", 0.95, How.LETTERS)]


def test_an_exact_name_hides_near_ones():
    make_artist("The Kooks Band")
    make_artist("The Kooks Bandd")
    assert [row[0] for row in found("The Kooks Band")] == ["The Kooks Band"]


def test_homonyms_come_confirmed_first_then_without_a_note():
    make_artist("Arsenal", note="band")
    make_artist("Arsenal")
    make_artist("Arsenal", note="football club", state="confirmed")
    assert [row[0] for row in found("ARSENAL")] == ["Arsenal (football club)", "Arsenal", "Arsenal (band)"]


def test_rejected_artists_are_no_candidates():
    make_artist("Doors open", "Doors opened", state="rejected")
    assert (found("doors open"), found("Doors opene")) == ([], [])


def test_an_artist_stands_once_by_its_nearest_spelling():
    make_artist("Marlow Vane", "Marlow Vanes", "Marlowe Vanes")
    assert [row[1] for row in found("Marlow Vaness")] == ["Marlow Vanes"]


def test_the_index_follows_changes_and_deletions():
    artist = make_artist("Marlow Vane")
    artist.name, artist.key = "Kassandra Vey", artist_key("Kassandra Vey")
    artist.save()
    assert (found("Marlowe Vane"), found("Kasandra Vey")[0][0]) == ([], "Kassandra Vey")
    artist.delete()
    assert found("Kasandra Vey") == []


def test_the_index_is_made_anew_after_triggers_were_lost():
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER annotator_artist_pieces_insert")
    make_name_index()
    make_artist("Marlow Vane")
    assert keys_that_share_a_block("marlovane") == ["marlowvane"]


@pytest.mark.parametrize(
    "name", ['"', '"""""""" OR key', "100% _Real_ \\ Name", "^^^^$$$$", "NEAR(a b)", "'; --", "👍🏽👍🏽👍🏽👍🏽", ""]
)
def test_any_name_can_be_asked_for(name):
    make_artist("Marlow Vane")
    assert found(name) == []
    if name:
        artist = make_artist(name)
        assert [row[0] for row in found(name)] == [str(artist)]


@pytest.mark.parametrize("count", [1, 3])
def test_exact_names_take_three_queries(django_assert_num_queries, count):
    for number in range(count):
        make_artist(f"Band {number}", f"Group {number}")
    with django_assert_num_queries(3):
        assert all(find_candidates([f"Group {number}" for number in range(count)]))


def test_the_index_filled_in_bulk_holds_the_new_and_the_old_and_goes_on():
    make_artist("Marlow Vane")
    with transaction.atomic(), filled_in_bulk():
        make_artist("Kassandra Vey", "Cassandra Vey")
    make_artist("Lantern Hall")
    for name in ("Marlowe Vane", "Kassandra Vei", "Casandra Vey", "Lanterne Hall"):
        assert len(found(name)) == 1


def test_a_bulk_that_fails_leaves_the_index_as_it_was():
    def fail():
        with transaction.atomic(), filled_in_bulk():
            make_artist("Marlow Vane")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    make_artist("Lantern Hall")
    assert (found("Marlowe Vane"), len(found("Lanterne Hall"))) == ([], 1)


def suggested(text, **options):
    return [candidate.artist.name for candidate in suggest_artists(text, **options)]


def test_what_is_typed_finds_beginnings_then_what_stands_inside_then_near_names(db):
    for name in ("Nova Star", "Nova", "Supernova Band", "Kid Orbit", "Novastar Trio"):
        make_artist(name)
    assert suggested("nova") == ["Nova", "Nova Star", "Novastar Trio", "Supernova Band"]
    assert suggested("n") == ["Nova", "Nova Star", "Novastar Trio"]
    assert suggested("orbit") == ["Kid Orbit"]
    assert suggested("Kid Orbti") == ["Kid Orbit"]
    assert suggested("nova", most=2) == ["Nova", "Nova Star"]


def test_what_is_typed_finds_aliases_and_no_rejected_artist(db):
    make_artist("Stella", "Nova Star")
    make_artist("Nova Rejected", state=ArtistState.REJECTED)
    assert suggested("nova s") == ["Stella"]
    assert suggested("Nova R") == []


@pytest.mark.parametrize("text", ["", "  ", "…", "%", "_", "\\", '"', "a%b", '" OR "', "\x00", "😀"])
def test_what_is_typed_may_be_anything(db, text):
    make_artist("Nova Star")
    assert suggested(text) == []


def name_indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE indexname ~ '_(pieces|beginnings|endings)$' AND tablename ~ 'artist|alias'"
        )
        return {name for (name,) in cursor}


def interrupted_import() -> None:
    with name_index_put_off():
        assert name_indexes() == set()
        make_artist("Marlow Vane")
        raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps its index by triggers")
def test_the_index_is_put_off_for_an_empty_table_and_made_again():
    with pytest.raises(KeyboardInterrupt):
        interrupted_import()
    tidy_name_index()
    assert len(name_indexes()) == 6
    with name_index_put_off():
        assert len(name_indexes()) == 6
    assert len(found("Marlowe Vane")) == 1
