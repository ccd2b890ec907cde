"""Rows that may be one act, and pairs that a lead told apart."""

import pytest

from annotator.domain.artist_merges import keep_apart
from annotator.domain.queries import duplicates
from annotator.domain.queries.duplicates import likely_duplicates
from annotator.enums import ArtistState
from annotator.exceptions import InvalidArtist, NotAllowed
from annotator.models import DistinctArtists
from tests.factories import make_artist
from tests.races import run_at_once


def pairs(**place):
    return [(pair.artist.name, pair.other.artist.name) for pair in likely_duplicates(**place).pairs]


def test_near_names_and_names_that_are_an_alias_are_likely_duplicates_newest_first(db):
    make_artist("Metallica")
    make_artist("Kid Orbit", "The Orbit Kid")
    make_artist("Metalica")
    make_artist("Orbit Kid")
    make_artist("Nova Star")
    assert pairs() == [("Orbit Kid", "Kid Orbit"), ("Metalica", "Metallica")]


def test_homonyms_rejected_artists_and_pairs_told_apart_are_left_out(db, lead):
    make_artist("Arsenal", note="band")
    make_artist("Arsenal", note="club")
    make_artist("Metallica")
    make_artist("Metalica", state=ArtistState.REJECTED)
    first, second = make_artist("Nova Starr"), make_artist("Nova Star")
    assert pairs() == [("Nova Star", "Nova Starr")]
    assert [keep_apart(second.pk, first.pk, actor=lead), keep_apart(first.pk, second.pk, actor=lead)] == [True, False]
    assert pairs() == []


def test_a_page_looks_at_so_many_artists_and_the_next_goes_on_from_there(db, monkeypatch):
    monkeypatch.setattr(duplicates, "LOOKED_AT", 2)
    for name in ("Metallica", "Metalica", "Nova Star", "Kid Orbit"):
        make_artist(name)
    first = likely_duplicates()
    second = likely_duplicates(before=first.before)
    third = likely_duplicates(before=second.before)
    assert [(len(page.pairs), page.looked_at) for page in (first, second, third)] == [(0, 2), (1, 2), (0, 0)]
    assert third.before is None


def test_only_leads_tell_apart_and_only_two_rows_that_are_there(db, lead, reviewer):
    first, second = make_artist("Nova Starr"), make_artist("Nova Star")
    with pytest.raises(NotAllowed):
        keep_apart(first.pk, second.pk, actor=reviewer)
    for other in (first.pk, second.pk + 1):
        with pytest.raises(InvalidArtist):
            keep_apart(first.pk, other, actor=lead)
    assert not DistinctArtists.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_leads_who_tell_the_same_pair_apart_at_once_leave_one_row(lead):
    first, second = make_artist("Nova Starr"), make_artist("Nova Star")
    told = run_at_once(*[lambda: keep_apart(first.pk, second.pk, actor=lead)] * 2)
    assert (sorted(told), DistinctArtists.objects.count()) == ([False, True], 1)
