from functools import partial

import pytest

from annotator.domain.annotations import settle_title, unsettle_title
from annotator.domain.artists import link_mentions, unlink_mentions
from annotator.enums import AnnotationSource, ArtistSource, ArtistState
from annotator.models import Alias, Annotation, Artist, Mention
from ner_core.gazetteer import artist_key
from tests.factories import make_annotation, make_artist, make_title, spans_of
from tests.races import KEY_LOCKS, run_at_once


def settle(text, *names, source=AnnotationSource.REVIEWED):
    title = make_title(text)
    return make_annotation(title, spans=spans_of(title.text, *((name, "PER") for name in names)), source=source)


def artist_of(annotation):
    return annotation.mentions.get().artist


def test_performers_are_linked_and_nothing_else(db):
    title = make_title("Nova Star & Kid Orbit in Oslo")
    spans = spans_of(title.text, ("Nova Star", "PER"), ("Kid Orbit", "PER"), ("Oslo", "LOC"))
    annotation = make_annotation(title, spans=spans)

    mentions = Mention.objects.order_by("start").values_list("annotation", "artist__name", "name", "start", "end")
    assert list(mentions) == [
        (annotation.pk, "Nova Star", "Nova Star", 0, 9),
        (annotation.pk, "Kid Orbit", "Kid Orbit", 12, 21),
    ]
    states = Artist.objects.values_list("state", "source").distinct()
    assert list(states) == [(ArtistState.PROPOSED, ArtistSource.MENTION)]


def test_another_spelling_of_a_known_artist_becomes_an_alias(db):
    known = make_artist("Nóva Star", state=ArtistState.CONFIRMED)
    annotation = settle("NOVA STAR live", "NOVA STAR")
    settle("NOVA STAR again", "NOVA STAR")

    assert (artist_of(annotation), Artist.objects.count()) == (known, 1)
    assert list(Alias.objects.values_list("artist", "name", "key")) == [(known.pk, "NOVA STAR", known.key)]


def test_a_name_known_as_an_alias_links_to_its_artist(db):
    known = make_artist("Nova Star")
    Alias.objects.create(artist=known, name="Stella", key=artist_key("Stella"))

    assert artist_of(settle("Stella live", "Stella")) == known
    assert (Artist.objects.count(), Alias.objects.count()) == (1, 1)


def test_of_homonyms_the_confirmed_one_is_taken_then_the_one_without_a_note(db):
    noted = make_artist("Arsenal", note="football club")
    plain = make_artist("Arsenal")
    assert artist_of(settle("Arsenal live", "Arsenal")) == plain

    noted.state = ArtistState.CONFIRMED
    noted.save()
    assert artist_of(settle("Arsenal plays", "Arsenal")) == noted


def test_a_rejected_name_is_neither_linked_nor_proposed_again(db):
    make_artist("Special Guest", state=ArtistState.REJECTED)
    annotation = settle("Special Guest and Nova Star", "Special Guest", "Nova Star")

    assert [mention.artist.name for mention in annotation.mentions.select_related("artist")] == ["Nova Star"]
    assert Artist.objects.count() == 2


def test_names_without_letters_and_names_too_long_do_no_harm(db):
    long = "x" * 301
    settle(f"!!! and {long}", "!!!", long)

    assert list(Artist.objects.values_list("name", flat=True)) == ["!!!"]


def test_the_same_name_twice_in_a_title_is_one_artist_with_two_mentions(db):
    settle("Nova Star, nova star", "Nova Star", "nova star")

    assert (Artist.objects.count(), Mention.objects.count(), Alias.objects.get().name) == (1, 2, "nova star")


def test_linking_again_changes_nothing_and_keeps_a_link_made_by_hand(db):
    annotation = settle("Arsenal live", "Arsenal")
    band = make_artist("Arsenal", note="band")
    Mention.objects.update(artist=band)
    before = list(Mention.objects.values())

    assert link_mentions([annotation]) == 1
    assert list(Mention.objects.values()) == before


def test_mentions_follow_a_changed_reading(db):
    annotation = settle("DJ Nova Star live", "DJ Nova Star")
    settle_title(
        annotation.title,
        spans=spans_of(annotation.title.text, ("Nova Star", "PER")),
        source=AnnotationSource.REVIEWED,
    )

    assert list(Artist.objects.values_list("name", flat=True)) == ["Nova Star"]
    assert list(Mention.objects.values_list("start", "end")) == [(3, 12)]


def test_what_only_a_withdrawn_mention_spoke_for_goes_with_it(db):
    settle("Nova Star live", "Nova Star")
    withdrawn = settle("NOVA STAR and Kid Orbit", "NOVA STAR", "Kid Orbit")

    unsettle_title(withdrawn.title)

    assert list(Artist.objects.values_list("name", flat=True)) == ["Nova Star"]
    assert Alias.objects.count() == 0


@pytest.mark.parametrize(
    "fields", [{"state": ArtistState.CONFIRMED}, {"source": ArtistSource.PERSON}, {"source": ArtistSource.IMPORTED}]
)
def test_artists_that_somebody_vouches_for_stay_without_mentions(db, fields):
    annotation = settle("Nova Star live", "Nova Star")
    Artist.objects.update(**fields)

    unlink_mentions([annotation])

    assert (Artist.objects.count(), Mention.objects.count()) == (1, 0)


def test_an_artist_with_an_alias_that_a_person_entered_stays(db):
    annotation = settle("Nova Star live", "Nova Star")
    Alias.objects.create(artist=artist_of(annotation), name="Stella", key="stella")

    unlink_mentions([annotation])

    assert Artist.objects.count() == 1


def test_unlinking_twice_is_the_same_as_once(db):
    annotation = settle("Nova Star live", "Nova Star")
    unlink_mentions([annotation])
    unlink_mentions([annotation])

    assert (Annotation.objects.count(), Artist.objects.count()) == (1, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_linking_asks_as_often_for_one_annotation_as_for_three(rows, db, django_assert_num_queries):
    annotations = [settle(f"Nova Star{number} live", f"Nova Star{number}") for number in range(rows)]
    unlink_mentions(annotations)

    with django_assert_num_queries(9 + KEY_LOCKS):
        link_mentions(annotations)


@pytest.mark.parametrize("rows", [1, 3])
def test_unlinking_asks_as_often_for_one_annotation_as_for_three(rows, db, django_assert_num_queries):
    annotations = [settle(f"Nova Star{number} live", f"Nova Star{number}") for number in range(rows)]

    with django_assert_num_queries(13 + KEY_LOCKS):
        unlink_mentions(annotations)


@pytest.mark.django_db(transaction=True)
def test_writers_who_bring_and_withdraw_the_same_artists_at_once_agree_in_the_end():
    names = ["Nova Star", "Kid Orbit", "Silent Sea"]
    titles = [make_title(f"{first} & {second} {number}") for number in range(3) for first in names for second in names]

    def settle_and_withdraw(step):
        ordered = titles if step > 0 else titles[::-1]
        for title in ordered[abs(step) - 1 :: 2]:
            first, _, rest = title.text.partition(" & ")
            spans = spans_of(title.text, (first, "PER"), (rest[:-2], "PER"))
            settle_title(title, spans=spans, source=AnnotationSource.IMPORTED)
            settle_title(title, spans=spans[1:], source=AnnotationSource.IMPORTED)
            unsettle_title(title)
        settle_title(titles[0], spans=[], source=AnnotationSource.IMPORTED)
        return "done"

    answers = run_at_once(*(partial(settle_and_withdraw, step) for step in (1, -1, 2, -2)))

    assert answers == ["done"] * 4
    assert (Mention.objects.count(), Artist.objects.count(), Alias.objects.count()) == (0, 0, 0)
