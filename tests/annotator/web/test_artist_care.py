"""Joining and dividing artists."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotator.domain.queries import duplicates
from annotator.models import Artist, ArtistMerge, DistinctArtists, Mention
from annotator.web.views import artist_care
from tests import factories
from tests.annotator.web.pages import count_queries, words
from tests.factories import make_artist, spans_of


def mention(text: str, *names: str) -> None:
    title = factories.make_title(text)
    factories.make_annotation(title, spans=spans_of(text, *((name, "PER") for name in names)))


@pytest.fixture
def pair(db: None) -> tuple[Artist, Artist]:
    mention("Jorn Falkner in Rome", "Jorn Falkner")
    mention("Jorn Falknere + Ana Torres", "Jorn Falknere", "Ana Torres")
    return Artist.objects.get(name="Jorn Falknere"), Artist.objects.get(name="Jorn Falkner")


def test_an_artist_shows_look_alikes_company_and_months(reviewer_client: Client, pair):
    page = words(reviewer_client.get(reverse("artist", args=[pair[0].pk])))
    assert "In the same titles Ana Torres 1" in page
    assert "The same act? Jorn Falkner 92 %" in page
    assert "Compare" not in page


def test_joining_shows_what_it_will_do_first(lead_client: Client, pair):
    source, into = pair
    page = words(lead_client.get(reverse("join_artist", args=[source.pk]), {"into": into.pk}))
    assert "“Jorn Falknere” becomes part of “Jorn Falkner” Mentions that follow 1 New spellings Jorn Falknere" in page
    assert Artist.objects.count() == 3


def test_the_other_artist_is_found_by_name(lead_client: Client, pair):
    page = words(lead_client.get(reverse("join_artist", args=[pair[0].pk]), {"text": "jorn falkne"}))
    assert "Jorn Falkner other" in page
    nobody = words(lead_client.get(reverse("join_artist", args=[pair[0].pk]), {"text": "Kassandra"}))
    assert "No artist has this name or one near it." in nobody


def test_a_join_and_its_undo(lead_client: Client, pair):
    source, into = pair
    merge_id = uuid4()
    for _ in range(2):  # a second click
        answer = lead_client.post(
            reverse("join_artist", args=[source.pk]), {"into": into.pk, "merge_id": merge_id}, follow=True
        )
    assert Mention.objects.filter(artist=into).count() == 2
    page = words(lead_client.get(reverse("artist", args=[into.pk])))
    assert "“Jorn Falknere” was joined by lena" in page
    answer = lead_client.post(reverse("undo_join", args=[merge_id]), follow=True)
    assert "“Jorn Falknere” is an artist of its own again." in words(answer)
    assert Mention.objects.filter(artist=source.pk).count() == 1
    assert "That was undone already." in words(lead_client.post(reverse("undo_join", args=[merge_id]), follow=True))


@pytest.mark.parametrize("data", [{"into": 0}, {"into": "x"}, {}, {"into": 10**30}, {"into": 1, "merge_id": "x"}])
def test_a_damaged_form_joins_nothing(lead_client: Client, pair, data: dict):
    assert lead_client.post(reverse("join_artist", args=[pair[0].pk]), data).status_code == 200
    assert (Artist.objects.count(), ArtistMerge.objects.count()) == (3, 0)


def test_an_artist_cannot_be_joined_with_itself_or_with_nobody(lead_client: Client, pair):
    for into, told in ((pair[0].pk, "with itself"), (987654, "no such artist")):
        assert told in words(lead_client.get(reverse("join_artist", args=[pair[0].pk]), {"into": into}))
    assert "There is no such merge." in words(lead_client.post(reverse("undo_join", args=[uuid4()]), follow=True))


def test_titles_of_another_act_become_an_artist_of_their_own(lead_client: Client, pair):
    chosen = Mention.objects.get(artist=pair[1])
    given = {"name": "Jorn Falkner", "note": "football club", "mentions": [chosen.pk]}
    page = words(lead_client.post(reverse("divide_artist", args=[pair[1].pk]), given, follow=True))
    assert "“Jorn Falkner (football club)” is an artist of its own now." in page
    chosen.refresh_from_db()
    assert chosen.artist.note == "football club"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": ""}, "Give the other artist a name."),
        ({"name": "X", "mentions": ["x"]}, "Give the other artist a name."),
        ({"name": "X"}, "Choose what belongs to the new artist."),
    ],
)
def test_a_division_that_makes_no_sense_is_told(lead_client: Client, pair, given: dict, told: str):
    assert told in words(lead_client.post(reverse("divide_artist", args=[pair[1].pk]), given, follow=True))
    assert Artist.objects.count() == 3


def test_reviewers_may_not_join_or_divide(reviewer_client: Client, pair):
    addresses = [
        reverse("join_artist", args=[pair[0].pk]),
        reverse("divide_artist", args=[pair[0].pk]),
        reverse("undo_join", args=[uuid4()]),
    ]
    assert [reviewer_client.post(address).status_code for address in addresses] == [403, 403, 403]


def test_queries_do_not_grow_with_company_and_titles(lead_client: Client, pair):
    one = count_queries(lead_client, reverse("artist", args=[pair[0].pk]))
    for number in range(3):
        mention(f"Jorn Falknere + Band {number} twice", "Jorn Falknere", f"Band {number}")
    assert count_queries(lead_client, reverse("artist", args=[pair[0].pk])) == one


def test_care_page_shows_growth_and_likely_duplicates(client, reviewer):
    make_artist("Metallica")
    make_artist("Metalica")
    client.force_login(reviewer)
    page = words(client.get("/artists/care/"))
    assert "Metalica · Metallica" in page
    assert "Two acts" not in page


def test_care_page_of_an_empty_table_says_so(client, reviewer):
    client.force_login(reviewer)
    assert "0 artists looked at: no name is near another." in words(client.get("/artists/care/"))


def test_care_page_asks_for_the_next_artists_until_it_has_looked_at_enough(client, reviewer, monkeypatch):
    monkeypatch.setattr(duplicates, "LOOKED_AT", 1)
    monkeypatch.setattr(artist_care, "LOOKED_AT_MOST", 2)
    names = ("Nova Star", "Kid Orbit", "Silent Lantern")
    _oldest, middle, newest = (make_artist(name).pk for name in names)
    client.force_login(reviewer)
    first = client.get("/artists/care/").text
    assert f'hx-get="?before={newest}&amp;looked=1&amp;found=0"' in first
    assert 'hx-trigger="load"' in first
    second = client.get(
        "/artists/care/", {"before": newest, "looked": 1, "found": 0}, headers={"HX-Request": "true"}
    ).text
    assert "<h1>" not in second
    assert f'hx-get="?before={middle}"' in second
    assert 'hx-trigger="click"' in second
    assert "2 artists looked at: no name is near another." in second


@pytest.mark.parametrize("before", ["", "x", "-1", "0", str(2**70)])
def test_care_page_from_any_place(client, reviewer, before):
    client.force_login(reviewer)
    assert client.get("/artists/care/", {"before": before}).status_code == 200


def test_care_page_lets_leads_tell_a_pair_apart_once(client, lead):
    first, second = make_artist("Metallica"), make_artist("Metalica")
    client.force_login(lead)
    assert "Two acts" in words(client.get("/artists/care/"))
    for _time in range(2):
        response = client.post("/artists/apart/", {"first": first.pk, "second": second.pk, "before": 90})
        assert response.url == "/artists/care/?before=90#duplicates-head"
    assert DistinctArtists.objects.count() == 1
    assert "Metalica" not in words(client.get("/artists/care/"))


def test_care_page_refuses_reviewers_and_pairs_that_are_none(client, lead, reviewer):
    first = make_artist("Metallica")
    client.force_login(reviewer)
    assert client.post("/artists/apart/", {"first": first.pk, "second": first.pk}).status_code == 403
    client.force_login(lead)
    for second in (first.pk, 99, "x", ""):
        assert client.post("/artists/apart/", {"first": first.pk, "second": second}).status_code == 302
    assert not DistinctArtists.objects.exists()
