from uuid import uuid4

import pytest

from annotator.domain.artist_merges import merge_artists, preview_merge, split_artist, undo_merge
from annotator.domain.artists import link_mentions
from annotator.exceptions import InvalidArtist, NotAllowed
from annotator.models import Alias, Artist, ArtistMerge, ExternalId, Mention
from tests.factories import make_annotation, make_artist, make_title, spans_of
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


def settle(name, number=0):
    title = make_title(f"{name} live {number}")
    make_annotation(title, spans=spans_of(title.text, (name, "PER")))
    return Mention.objects.get(annotation__title=title)


def names(artist):
    return sorted(artist.aliases.values_list("name", flat=True))


def state():
    """Everything that a merge could touch."""
    return (
        list(
            Artist.objects.order_by("pk").values(
                "pk", "name", "key", "note", "kind", "country", "remarks", "state", "source", "created_at"
            )
        ),
        sorted(Alias.objects.values_list("artist", "name", "key", "source")),
        sorted(ExternalId.objects.values_list("artist", "scheme", "value")),
        sorted(Mention.objects.values_list("pk", "artist", "name")),
    )


@pytest.fixture
def pair():
    """One act in two rows, each with mentions, spellings and facts of its own."""
    into = make_artist("Marlow Vane", "M. Vane")
    source = make_artist("Marlow Vane Trio", "M. Vane", "Vane 3", kind="group", country="BE", state="confirmed")
    for artist, value in ((into, "a"), (source, "a"), (source, "b")):
        ExternalId.objects.create(artist=artist, scheme="musicbrainz", value=value)
    settle("Marlow Vane")
    settle("Marlow Vane Trio", 1)
    settle("Vane 3", 2)
    return source, into


def merge(source, into, lead, merge_id=None):
    return merge_artists(source.pk, into_id=into.pk, merge_id=merge_id or uuid4(), actor=lead)


def test_a_preview_says_what_will_be_and_changes_nothing(pair):
    before = state()
    preview = preview_merge(pair[0].pk, into_id=pair[1].pk)
    assert (preview.mentions, preview.aliases) == (2, ["Marlow Vane Trio", "Vane 3"])
    assert preview.changes == {"kind": "group", "country": "BE", "state": "confirmed"}
    assert state() == before


def test_mentions_spellings_ids_and_facts_follow(pair, lead):
    source, into = pair
    merge(source, into, lead)
    into.refresh_from_db()
    assert list(Artist.objects.all()) == [into]
    assert names(into) == ["M. Vane", "Marlow Vane Trio", "Vane 3"]
    assert {mention.artist for mention in Mention.objects.all()} == {into}
    assert (into.kind, into.country, into.state) == ("group", "BE", "confirmed")
    assert sorted(into.external_ids.values_list("value", flat=True)) == ["a", "b"]


def test_what_is_settled_afterwards_finds_the_kept_artist(pair, lead):
    source, into = pair
    merge(source, into, lead)
    assert settle("MARLOW VANE TRIO", 3).artist == into


def test_a_merge_twice_is_once(pair, lead):
    merge_id = uuid4()
    first, second = (merge(*pair, lead, merge_id) for _ in range(2))
    assert (first, ArtistMerge.objects.count()) == (second, 1)


def test_undo_brings_back_everything(pair, lead):
    before = state()
    done = merge(*pair, lead)
    undo_merge(done.pk, actor=lead)
    assert state() == before
    assert undo_merge(done.pk, actor=lead) is None
    assert state() == before


def test_undo_gives_back_what_was_seen_since_under_the_old_name(pair, lead):
    source, into = pair
    done = merge(source, into, lead)
    mine, both = settle("Marlow Vane Trio", 4), settle("M. Vane", 5)
    undo_merge(done.pk, actor=lead)
    mine.refresh_from_db()
    both.refresh_from_db()
    assert (mine.artist_id, both.artist_id) == (source.pk, into.pk)


def test_undo_keeps_what_somebody_said_since(pair, lead):
    done = merge(*pair, lead)
    Artist.objects.filter(pk=pair[1].pk).update(country="NL")
    undo_merge(done.pk, actor=lead)
    pair[1].refresh_from_db()
    assert (pair[1].country, pair[1].kind) == ("NL", "other")


def test_undo_is_refused_where_the_name_was_entered_again(pair, lead):
    done = merge(*pair, lead)
    make_artist("Marlow Vane Trio")
    before = state()
    with pytest.raises(InvalidArtist) as error:
        undo_merge(done.pk, actor=lead)
    assert (error.value.code, state()) == ("name_taken", before)


def test_earlier_merges_follow_and_can_still_be_undone(pair, lead):
    source, into = pair
    third = make_artist("Vane Family")
    first = merge(source, into, lead)
    second = merge(into, third, lead)
    assert {row.kept_id for row in ArtistMerge.objects.all()} == {third.pk}
    undo_merge(second.pk, actor=lead)
    undo_merge(first.pk, actor=lead)
    assert sorted(Artist.objects.values_list("name", flat=True)) == ["Marlow Vane", "Marlow Vane Trio", "Vane Family"]


@pytest.mark.parametrize(
    ("source", "into", "code"),
    [("pair", "pair", "same_artist"), ("pair", None, "artist_missing"), (None, "pair", "artist_missing")],
)
def test_what_cannot_be_joined_is_refused(pair, lead, source, into, code):
    with pytest.raises(InvalidArtist) as error:
        merge_artists(pair[0].pk if source else 0, into_id=pair[0].pk if into else 0, merge_id=uuid4(), actor=lead)
    assert (error.value.code, Artist.objects.count()) == (code, 2)


def test_only_leads_join_undo_and_divide(pair, reviewer, lead):
    done = merge(*pair, lead)
    for act in (
        lambda: merge(*pair, reviewer),
        lambda: undo_merge(done.pk, actor=reviewer),
        lambda: split_artist(pair[1].pk, mention_ids=[1], name="X", note="", actor=reviewer),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.django_db(transaction=True)
def test_two_leads_join_the_same_two_at_once(pair, lead):
    """Each into the other: one wins, the other is told; no mention is lost."""
    source, into = pair

    def join(one, other):
        try:
            merge(one, other, lead)
        except InvalidArtist as error:
            return error.code
        return "joined"

    outcomes = run_at_once(lambda: join(source, into), lambda: join(into, source))
    assert sorted(outcomes) == ["artist_missing", "joined"]
    assert (Artist.objects.count(), Mention.objects.count(), Mention.objects.filter(artist=None).count()) == (1, 3, 0)


@pytest.mark.django_db(transaction=True)
def test_a_merge_while_titles_are_settled_loses_no_mention(pair, lead):
    source, into = pair
    annotations = []
    for number in range(6):
        title = make_title(f"Marlow Vane Trio night {number}")
        annotation = make_annotation(title, spans=[])
        annotation.spans = spans_of(title.text, ("Marlow Vane Trio", "PER"))
        annotation.save()
        annotations.append(annotation)
    run_at_once(
        lambda: merge(source, into, lead),
        *(lambda some=some: link_mentions(some) for some in (annotations[:3], annotations[3:])),
    )
    assert Mention.objects.filter(name="Marlow Vane Trio", artist=into).count() == 7


def test_a_split_takes_the_chosen_mentions_with_their_spellings(lead):
    artist = make_artist("Arsenal", kind="group")
    club, band = settle("ARSENAL", 1), settle("Arsenal", 2)
    new = split_artist(artist.pk, mention_ids=[club.pk], name="Arsenal", note="football club", actor=lead)
    club.refresh_from_db()
    band.refresh_from_db()
    assert (club.artist, band.artist, str(new)) == (new, artist, "Arsenal (football club)")
    assert (names(new), new.kind, new.state) == (["ARSENAL"], "group", "proposed")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": " "}, "unusable_name"),
        ({"note": ""}, "name_taken"),
        ({"mention_ids": [0]}, "nothing_chosen"),
        ({"artist_id": 0}, "artist_missing"),
    ],
)
def test_what_cannot_be_divided_is_refused(lead, fields, code):
    artist = make_artist("Arsenal")
    given = {"artist_id": artist.pk, "mention_ids": [settle("Arsenal").pk], "name": "Arsenal", "note": "club"} | fields
    with pytest.raises(InvalidArtist) as error:
        split_artist(given.pop("artist_id"), actor=lead, **given)
    assert (error.value.code, Artist.objects.count()) == (code, 1)
