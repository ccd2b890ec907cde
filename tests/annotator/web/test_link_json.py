"""What the review page asks about artists, and the links that come with a verdict."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotator.models import Mention, User, Verdict
from tests.factories import make_artist, make_prediction, make_queue_item, make_title, spans_of

TEXT = "Arsenal in Paris"


@pytest.fixture
def web(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def send(client: Client, user: User, name: str, **payload: object):
    body = json.dumps({"user": user.pk, "tab": str(uuid4()), **payload})
    return client.post(reverse(name), body, content_type="application/json")


def performer(**changes: object) -> dict:
    return {"start": 0, "end": 7, "label": "PER"} | changes


def test_links_of_a_reading(web, reviewer):
    band = make_artist("Arsenal", note="band")
    title = make_title(TEXT)
    answer = send(web, reviewer, "review_links", titles=[{"title_id": title.pk, "spans": [performer()]}]).json()
    candidate = {
        "id": band.pk, "name": "Arsenal", "note": "band", "kind": "", "state": "proposed", "spelling": "Arsenal", "how": "key",
    }  # fmt: skip
    link = {"start": 0, "end": 7, "state": "known", "artist": band.pk, "candidates": [candidate]}
    assert answer == {"titles": [{"title_id": title.pk, "links": [link]}]}


def test_links_of_titles_that_are_gone_are_left_out_and_spans_beyond_the_text_too(web, reviewer):
    title = make_title(TEXT)
    wanted = [
        {"title_id": title.pk, "spans": [performer(end=700)]},
        {"title_id": title.pk + 1, "spans": [performer()]},
    ]
    assert send(web, reviewer, "review_links", titles=wanted).json() == {
        "titles": [{"title_id": title.pk, "links": []}]
    }


@pytest.mark.parametrize(
    ("titles", "field"),
    [
        ("all", "titles"),
        ([{"title_id": 1, "spans": []}] * 6, "titles"),
        ([{"title_id": 1}], "spans"),
        ([{"title_id": "x", "spans": []}], "title_id"),
        ([{"title_id": 1, "spans": [{"start": -1, "end": 2, "label": "PER"}]}], "spans.0.start"),
        ([7], ""),
    ],
)
def test_links_refuse_what_they_do_not_understand(web, reviewer, titles, field):
    response = send(web, reviewer, "review_links", titles=titles)
    assert (response.status_code, response.json()["field"] or "") == (400, field)


def test_suggestions_for_what_is_typed(web, reviewer):
    make_artist("Arsenal", note="band")
    names = [artist["name"] for artist in send(web, reviewer, "review_artists", text="ars").json()["artists"]]
    assert names == ["Arsenal"]


@pytest.mark.parametrize("text", [None, 7, "x" * 301, ["ars"], ""])
def test_suggestions_refuse_what_is_no_text(web, reviewer, text):
    assert send(web, reviewer, "review_artists", text=text).status_code == 400


def test_a_verdict_brings_its_links(web, reviewer):
    make_artist("Arsenal", note="club")
    band = make_artist("Arsenal", note="band")
    title = make_title(TEXT)
    prediction = make_prediction(title, spans=spans_of(TEXT, ("Arsenal", "PER")))
    make_queue_item(title, prediction=prediction)
    verdict = {
        "id": str(uuid4()),
        "title_id": title.pk,
        "prediction_id": prediction.pk,
        "action": "accept",
        "spans": [performer()],
        "links": [{"start": 0, "end": 7, "artist": band.pk}],
    }
    results = send(web, reviewer, "review_verdicts", verdicts=[verdict]).json()["results"]
    assert (results[0]["ok"], Mention.objects.get().artist) == (True, band)


@pytest.mark.parametrize(
    "link",
    [
        {"start": 0, "end": 7},
        {"start": 0, "end": 7, "artist": 0},
        {"start": 0, "end": 7, "artist": "Arsenal"},
        {"start": 0, "end": 7, "artist": None, "note": "x" * 201},
        {"start": 1, "end": 7, "artist": None},
        {"start": 0, "end": 7, "artist": 2**63},
    ],
)
def test_a_verdict_with_a_bad_link_is_refused_and_not_stored(web, reviewer, link):
    title = make_title(TEXT)
    prediction = make_prediction(title, spans=spans_of(TEXT, ("Arsenal", "PER")))
    make_queue_item(title, prediction=prediction)
    verdict = {"id": str(uuid4()), "title_id": title.pk, "action": "accept", "spans": [performer()], "links": [link]}
    results = send(web, reviewer, "review_verdicts", verdicts=[verdict | {"prediction_id": prediction.pk}]).json()[
        "results"
    ]
    assert (results[0]["ok"], Verdict.objects.count()) == (False, 0)
