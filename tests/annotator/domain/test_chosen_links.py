"""The artist that a person chose for a performer: stored with the verdict, followed through merges, asked for again when it is gone."""

from functools import partial
from uuid import uuid4

import pytest

from annotator.domain.artist_merges import merge_artists
from annotator.domain.review import record_verdict
from annotator.domain.undo import undo_verdict
from annotator.enums import ArtistState, LinkHow
from annotator.exceptions import InvalidVerdict, VerdictConflict
from annotator.models import Alias, Artist, Mention, Verdict
from tests.factories import make_artist, make_prediction, make_queue_item, make_title, spans_of
from tests.races import run_at_once

TEXT = "Arsenal in Paris"


def wait(text=TEXT, *pieces):
    title = make_title(text)
    prediction = make_prediction(title, spans=spans_of(text, *(pieces or [("Arsenal", "PER"), ("Paris", "LOC")])))
    make_queue_item(title, prediction=prediction)
    return title


def decide(title, reviewer, *links, verdict_id=None):
    bare = [{key: span[key] for key in ("start", "end", "label")} for span in title.predictions.get().spans]
    return record_verdict(
        title_id=title.pk,
        reviewer=reviewer,
        verdict_id=verdict_id or uuid4(),
        action="accept",
        spans=bare,
        links=links,
    )


def link(artist, *, note="", start=0, end=7):
    return {"start": start, "end": end, "artist": artist and artist.pk, "note": note}


def mention():
    return Mention.objects.select_related("artist").get()


@pytest.fixture
def homonyms(db):
    return make_artist("Arsenal", note="football club"), make_artist("Arsenal", note="band")


def test_the_chosen_artist_is_linked_and_says_that_a_person_chose_it(homonyms, reviewer):
    decide(wait(), reviewer, link(homonyms[1]))
    assert (mention().artist, mention().how) == (homonyms[1], LinkHow.PERSON)


def test_another_spelling_that_a_person_linked_becomes_an_alias(db, reviewer):
    known = make_artist("Metallica", state=ArtistState.CONFIRMED)
    decide(wait("Metalica live", ("Metalica", "PER")), reviewer, link(known, end=8))
    assert (mention().artist, Alias.objects.get().name) == (known, "Metalica")


def test_a_new_artist_of_a_known_name_is_made_with_its_note(homonyms, reviewer):
    decide(wait(), reviewer, link(None, note="  choir of\nArsenal street "))
    assert mention().artist.note == "choir of Arsenal street"
    assert Artist.objects.count() == 3


def test_a_new_artist_without_a_note_where_the_name_is_known_is_that_one(db, reviewer):
    known = make_artist("Arsenal")
    decide(wait(), reviewer, link(None))
    assert (mention().artist, mention().how) == (known, LinkHow.KEY)


def test_the_same_verdict_twice_is_stored_once_and_one_that_differs_in_links_is_a_conflict(homonyms, reviewer):
    title, verdict_id = wait(), uuid4()
    for _time in range(2):
        decide(title, reviewer, link(homonyms[1]), verdict_id=verdict_id)
    assert Verdict.objects.count() == 1
    with pytest.raises(VerdictConflict):
        decide(title, reviewer, link(homonyms[0]), verdict_id=verdict_id)
    assert mention().artist == homonyms[1]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"start": 11, "end": 16}, "no_such_span"),
        ({"start": 0, "end": 5}, "no_such_span"),
        ({"note": "x" * 201}, "too_long"),
    ],
)
def test_a_link_of_what_is_no_performer_is_refused_and_nothing_is_stored(homonyms, reviewer, wrong, code):
    with pytest.raises(InvalidVerdict) as error:
        decide(wait(), reviewer, link(homonyms[0]) | wrong)
    assert (error.value.code, error.value.field) == (code, "links")
    assert not Verdict.objects.exists()


def test_an_artist_that_was_joined_meanwhile_leads_on_to_the_one_that_was_kept(homonyms, reviewer, lead):
    club, band = homonyms
    merge_artists(band.pk, into_id=club.pk, actor=lead, merge_id=uuid4())
    decide(wait(), reviewer, link(band))
    assert mention().artist == club


@pytest.mark.parametrize("gone", ["deleted", "rejected"])
def test_an_artist_that_is_gone_is_chosen_anew_by_name(homonyms, reviewer, gone):
    club, band = homonyms
    wanted = link(band)
    if gone == "deleted":
        band.delete()
    else:
        Artist.objects.filter(pk=band.pk).update(state=ArtistState.REJECTED)
    decide(wait(), reviewer, wanted)
    assert (mention().artist, mention().how) == (club, LinkHow.KEY)


def test_undo_withdraws_the_mention_and_the_row_it_made(homonyms, reviewer):
    verdict = decide(wait(), reviewer, link(None, note="choir"))
    undo_verdict(verdict.pk, reviewer=reviewer, undo_id=uuid4())
    assert not Mention.objects.exists()
    assert sorted(Artist.objects.values_list("note", flat=True)) == ["band", "football club"]


@pytest.mark.django_db(transaction=True)
def test_two_people_who_make_the_same_new_artist_end_with_one_row(reviewer, lead):
    make_artist("Arsenal", note="football club")
    first, second = wait(), wait("Arsenal again in Paris")
    run_at_once(
        partial(decide, first, reviewer, link(None, note="choir")),
        partial(decide, second, lead, link(None, note="choir")),
    )
    assert Artist.objects.filter(note="choir").count() == 1
    assert Mention.objects.filter(artist__note="choir").count() == 2
