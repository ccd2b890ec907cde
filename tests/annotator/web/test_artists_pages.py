"""The artist table."""

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Artist, User
from tests import factories
from tests.annotator.web.pages import cells, count_queries, words
from tests.factories import spans_of


def mention(text: str, *names: str) -> None:
    title = factories.make_title(text)
    factories.make_annotation(title, spans=spans_of(text, *((name, "PER") for name in names)))


def artists_found(client: Client, **criteria: str) -> list[str]:
    return [row[0] for row in cells(client.get(reverse("artists"), criteria))]


@pytest.fixture
def artist(db: None) -> Artist:
    mention("Jorn Falk in Rome", "Jorn Falk")
    return Artist.objects.get()


def test_artists_are_listed_by_name_with_spellings_and_mentions(reviewer_client: Client):
    mention("Sigur Rós in Porto", "Sigur Rós")
    mention("SIGUR ROS + Ana Torres", "SIGUR ROS", "Ana Torres")
    assert cells(reviewer_client.get(reverse("artists"))) == [
        ["Ana Torres", "", "other", "proposed", "1"],
        ["Sigur Rós", "SIGUR ROS", "other", "proposed", "2"],
    ]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"text": "falk"}, ["Jorn Falk"]),
        ({"text": "JÖRN"}, ["Jorn Falk"]),
        ({"text": "nobody"}, []),
        ({"state": "confirmed"}, []),
        ({"kind": "other", "state": "proposed"}, ["Ana Torres", "Jorn Falk"]),
        ({"kind": "nonsense"}, ["Ana Torres", "Jorn Falk"]),
    ],
)
def test_artists_are_found(reviewer_client: Client, artist: Artist, criteria: dict[str, str], found: list[str]):
    mention("Ana Torres in Rome", "Ana Torres")
    assert artists_found(reviewer_client, **criteria) == found


def test_search_as_you_type_gets_the_list_alone(reviewer_client: Client, artist: Artist):
    response = reviewer_client.get(reverse("artists"), {"text": "jor"}, headers={"HX-Request": "true"})
    assert "<form" not in response.content.decode()
    assert [row[0] for row in cells(response)] == ["Jorn Falk"]


def test_empty_lists_say_why(reviewer_client: Client):
    assert "No artists yet Performers of settled titles" in words(reviewer_client.get(reverse("artists")))
    assert "Nothing found" in words(reviewer_client.get(reverse("artists"), {"text": "x"}))


def test_artist_list_asks_as_often_for_one_row_as_for_three(reviewer_client: Client, artist: Artist):
    one = count_queries(reviewer_client, reverse("artists"))
    mention("Ana Torres + JORN FALK", "Ana Torres", "JORN FALK")
    mention("Rui in Rome", "Rui")
    assert count_queries(reviewer_client, reverse("artists")) == one


def test_artist_page_shows_titles_and_spellings(reviewer_client: Client, artist: Artist):
    mention("JORN FALK live", "JORN FALK")
    page = words(reviewer_client.get(reverse("artist", args=[artist.pk])))
    assert "In titles 2 JORN FALK P (performer) live same name · reviewed" in page
    assert "Jorn Falk P (performer) in Rome same name · reviewed" in page
    assert "Other spellings JORN FALK seen in a title" in page


def test_artist_page_asks_as_often_for_one_row_as_for_three(reviewer_client: Client, artist: Artist):
    url = reverse("artist", args=[artist.pk])
    one = count_queries(reviewer_client, url)
    mention("JORN FALK live", "JORN FALK")
    mention("Jörn Falk again", "Jörn Falk")
    assert count_queries(reviewer_client, url) == one


def test_artist_that_is_not_there_is_404(reviewer_client: Client, lead_client: Client):
    assert reviewer_client.get(reverse("artist", args=[404])).status_code == 404
    assert lead_client.post(reverse("change_artist_state", args=[404]), {"state": "confirmed"}).status_code == 404


def test_leads_confirm_and_reject(lead_client: Client, artist: Artist):
    for state in ("confirmed", "confirmed", "rejected"):
        response = lead_client.post(reverse("change_artist_state", args=[artist.pk]), {"state": state}, follow=True)
        artist.refresh_from_db()
        assert artist.state == state
        assert "Saved." in words(response)


def test_state_that_does_not_exist_changes_nothing(lead_client: Client, artist: Artist):
    response = lead_client.post(reverse("change_artist_state", args=[artist.pk]), {"state": "famous"}, follow=True)
    assert "There is no such state." in words(response)
    artist.refresh_from_db()
    assert artist.state == "proposed"


def test_reviewers_see_no_buttons_and_may_not_press_them(reviewer_client: Client, reviewer: User, artist: Artist):
    assert "Confirm" not in words(reviewer_client.get(reverse("artist", args=[artist.pk])))
    response = reviewer_client.post(reverse("change_artist_state", args=[artist.pk]), {"state": "confirmed"})
    assert response.status_code == 403
    artist.refresh_from_db()
    assert artist.state == "proposed"
