"""Names to artists, entering and joining artists over REST."""

import json
from uuid import uuid4

import pytest

from annotator.models import Artist, ArtistMerge
from tests.annotator.api.bad_input import NOT_JSON
from tests.factories import make_artist
from tests.races import run_at_once

pytestmark = pytest.mark.django_db
MATCH, ARTISTS = "/api/v1/artists/match", "/api/v1/artists"


def error_of(response):
    error = response.json()["error"]
    return response.status_code, error["code"], error.get("field")


def test_names_are_matched_in_order(service):
    zoe = make_artist("Zoë Nordmann", "DJ Nord", kind="dj", country="BE", state="confirmed")
    matches = service.post(MATCH, {"names": ["ZOE NORDMANN", "nobody", "Zoe Nordman"]}).json()["matches"]
    facts = {"id": zoe.pk, "name": "Zoë Nordmann", "note": "", "kind": "dj", "country": "BE", "state": "confirmed"}
    assert matches == [
        {"name": "ZOE NORDMANN", "candidates": [facts | {"spelling": "Zoë Nordmann", "score": 1.0, "how": "key"}]},
        {"name": "nobody", "candidates": []},
        {"name": "Zoe Nordman", "candidates": [facts | {"spelling": "Zoë Nordmann", "score": 0.909091, "how": "near"}]},
    ]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "required", "names"),
        ({"names": "Ana"}, "not_a_list", "names"),
        ({"names": []}, "empty", "names"),
        ({"names": ["A"] * 201}, "max_length", "names"),
        ({"names": ["Ana", 7, " ", "x" * 301, "a\x07"]}, "invalid_items", "names"),
        ([], "not_an_object", None),
    ],
)
def test_names_that_are_none_are_refused(service, body, code, field):
    assert error_of(service.post(MATCH, body)) == (400, code, field)


def test_every_bad_name_is_named(service):
    body = json.dumps({"names": ["Ana", 7, " ", "x" * 301, "\ud800"]})
    items = service.post(MATCH, body, content_type="application/json").json()["error"]["items"]
    assert [(item["index"], item["code"]) for item in items] == [
        (1, "not_a_string"),
        (2, "empty"),
        (3, "max_length"),
        (4, "surrogate_characters_not_allowed"),
    ]


@pytest.mark.parametrize(("body", "code"), NOT_JSON)
def test_what_is_not_json_is_refused(service, body, code):
    assert error_of(service.post(MATCH, body, content_type="application/json"))[:2] == (400, code)


def test_a_reviewer_proposes_and_a_lead_confirms(staff, leader):
    answers = [client.post(ARTISTS, {"name": name}) for client, name in ((staff, "Zoë Nord"), (leader, "Karl Süd"))]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [
        (201, "proposed"),
        (201, "confirmed"),
    ]
    assert set(Artist.objects.values_list("source", flat=True)) == {"person"}


def test_an_artist_twice_is_one_and_a_note_makes_another(staff):
    first = staff.post(ARTISTS, {"name": "Arsenal", "aliases": ["Arsenaal"], "country": "BE", "kind": "group"})
    again = staff.post(ARTISTS, {"name": "ARSENAL", "kind": "team"})
    club = staff.post(ARTISTS, {"name": "Arsenal", "note": "football club", "kind": "team"})
    assert (first.status_code, again.status_code, club.status_code) == (201, 200, 201)
    assert again.json() == first.json()
    assert (first.json()["aliases"], first.json()["kind"], Artist.objects.count()) == (["Arsenaal"], "group", 2)


@pytest.mark.django_db(transaction=True)
def test_two_people_who_enter_one_artist_at_once_end_with_one_row(client_for, reviewer, lead):
    clients = [client_for(user) for user in (reviewer, lead)]
    answers = run_at_once(*(lambda client=client: client.post(ARTISTS, {"name": "Zoë Nord"}) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json()["id"] for answer in answers}) == Artist.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "required", "name"),
        ({"name": " "}, "empty", "name"),
        ({"name": "ﷺ" * 100}, "unusable_name", "name"),
        ({"name": "Ana", "country": "be"}, "invalid_country", "country"),
        ({"name": "Ana", "kind": "band"}, "invalid_choice", "kind"),
        ({"name": "Ana", "aliases": [""]}, "invalid_items", "aliases"),
    ],
)
def test_an_artist_that_makes_no_sense_is_refused(staff, body, code, field):
    assert error_of(staff.post(ARTISTS, body)) == (400, code, field)
    assert not Artist.objects.exists()


def test_a_merge_twice_is_once(leader):
    twin, kept = make_artist("Zoe Nord 3", "Z3"), make_artist("Zoë Nord Trio")
    body = {"into": kept.pk, "id": str(uuid4())}
    answers = [leader.post(f"{ARTISTS}/{twin.pk}/merge", body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (answers[0].json()["id"], sorted(answers[1].json()["aliases"])) == (kept.pk, ["Z3", "Zoe Nord 3"])
    assert ArtistMerge.objects.count() == 1


def test_what_cannot_be_joined_is_refused(leader):
    artist = make_artist("Zoë Nord")
    url = f"{ARTISTS}/{artist.pk}/merge"
    assert error_of(leader.post(url, {"into": artist.pk}))[:2] == (400, "same_artist")
    assert error_of(leader.post(url, {"into": artist.pk + 1}))[:2] == (400, "artist_missing")
    assert error_of(leader.post(url, {"into": "x"})) == (400, "invalid", "into")
    assert error_of(leader.post(url, {"into": 1, "id": "x"})) == (400, "invalid", "id")
    assert error_of(leader.post(f"{ARTISTS}/4711/merge", {"into": artist.pk}))[:2] == (404, "not_found")
