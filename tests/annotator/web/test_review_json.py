"""What the review page's JavaScript sends and gets."""

import json
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from annotator.models import Annotation, Lease, QueueItem, User, Verdict
from annotator.web.review_page import memory
from tests import factories

NAMES = [
    "review_cards",
    "review_verdicts",
    "review_undo",
    "review_heartbeat",
    "review_release",
    "review_links",
    "review_artists",
]
TAB = str(uuid4())


@pytest.fixture
def web(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def send(client: Client, name: str, payload: object, **headers: str) -> HttpResponse:
    return client.post(reverse(name), json.dumps(payload), content_type="application/json", **headers)


def verdict_on(item: QueueItem, **changes: object) -> dict:
    fields = {
        "id": str(uuid4()),
        "title_id": item.title_id,
        "prediction_id": item.prediction_id,
        "action": "accept",
        "spans": [],
        "comment": "",
        "elapsed_ms": 800,
    }
    return fields | changes


def decide(client: Client, user: User, *verdicts: object) -> list[dict]:
    response = send(client, "review_verdicts", {"user": user.pk, "tab": TAB, "verdicts": list(verdicts)})
    assert response.status_code == 200
    return response.json()["results"]


@pytest.mark.parametrize("name", NAMES)
def test_review_json_answers_401_to_the_signed_out(client: Client, db, name: str):
    response = send(client, name, {"user": 1})
    assert (response.status_code, response.json()["code"]) == (401, "signed_out")


@pytest.mark.parametrize("name", NAMES)
def test_review_json_refuses_a_page_of_somebody_else(web: Client, lead: User, name: str):
    response = send(web, name, {"user": lead.pk, "tab": TAB})
    assert (response.status_code, response.json()["code"]) == (403, "signed_in_as_other")


@pytest.mark.parametrize("name", NAMES)
def test_review_json_is_post_only(web: Client, name: str):
    assert web.get(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_review_json_needs_the_csrf_token(reviewer: User, name: str):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reviewer)
    assert send(strict, name, {"user": reviewer.pk, "tab": TAB}).status_code == 403


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b'"x"', b"[" * 100_000])
def test_review_json_that_is_none_gets_a_code(web: Client, name: str, body: bytes):
    response = web.post(reverse(name), body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_json")


@pytest.mark.parametrize(
    ("name", "payload", "field"),
    [
        ("review_cards", {"tab": "x", "count": 1}, "tab"),
        ("review_cards", {"tab": TAB, "count": 0}, "count"),
        ("review_cards", {"tab": TAB, "count": 10_000}, "count"),
        ("review_cards", {"tab": TAB, "count": 1, "exclude": [2**70]}, "exclude.0"),
        ("review_verdicts", {"tab": TAB}, "verdicts"),
        ("review_verdicts", {"tab": TAB, "verdicts": [{}] * 51}, "verdicts"),
        ("review_undo", {"undos": []}, "tab"),
        ("review_heartbeat", {"tab": TAB, "title_ids": 3}, "title_ids"),
        ("review_release", {"tab": None}, "tab"),
    ],
)
def test_review_json_names_the_field_that_is_wrong(web: Client, reviewer: User, name: str, payload: dict, field: str):
    response = send(web, name, {"user": reviewer.pk} | payload)
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (
        400,
        "invalid_payload",
        field,
    )


def test_review_cards_lends_cards_and_counts_what_is_left(web: Client, reviewer: User):
    items = [factories.make_queue_item(confidence=0.1 * number) for number in range(1, 5)]
    payload = {"user": reviewer.pk, "tab": TAB, "count": 2, "exclude": [items[0].title_id]}
    answer = send(web, "review_cards", payload).json()
    assert [card["title_id"] for card in answer["cards"]] == [items[1].title_id, items[2].title_id]
    assert (answer["left"], answer["empty"]) == (4, "")
    assert set(Lease.objects.values_list("reviewer", "tab")) == {(reviewer.pk, UUID(TAB))}


def test_of_very_many_titles_the_number_is_counted_when_a_request_is_answered(web: Client, reviewer: User, monkeypatch):
    monkeypatch.setattr("annotator.web.review_page.MANY", 2)
    memory.clear()
    question = {"user": reviewer.pk, "tab": TAB, "count": 1}
    for expected in (
        1,
        2,
        2,
        3,
        3,
    ):  # one is counted each time; of more the number before, counted anew after a few seconds
        factories.make_queue_item()
        assert send(web, "review_cards", question).json()["left"] == expected
    memory.clear()
    assert send(web, "review_cards", question).json()["left"] == 5
    memory.clear()


def test_review_cards_says_that_others_hold_the_rest(web: Client, reviewer: User, lead: User):
    factories.make_queue_item()
    other = Client()
    other.force_login(lead)
    send(other, "review_cards", {"user": lead.pk, "tab": str(uuid4()), "count": 5})
    answer = send(web, "review_cards", {"user": reviewer.pk, "tab": TAB, "count": 5}).json()
    assert answer == {"cards": [], "left": 1, "empty": "The last 1 title is with another reviewer."}


def test_review_cards_does_not_take_what_is_in_hand_for_somebody_elses(web: Client, reviewer: User):
    item = factories.make_queue_item()
    payload = {"user": reviewer.pk, "tab": TAB, "count": 5, "exclude": [item.title_id]}
    answer = send(web, "review_cards", payload).json()
    assert (answer["cards"], answer["left"], answer["empty"].split(".")[0]) == ([], 1, "Every title is settled")


def test_review_verdicts_are_stored_and_settle_titles(web: Client, reviewer: User):
    first, second = factories.make_queue_item(), factories.make_queue_item()
    spans = [{"start": 0, "end": 3, "label": "PER"}]
    accept, correct = verdict_on(first), verdict_on(second, action="correct", spans=spans)
    assert decide(web, reviewer, accept, correct) == [
        {"id": accept["id"], "ok": True, "late": False},
        {"id": correct["id"], "ok": True, "late": False},
    ]
    stored = Verdict.objects.get(pk=correct["id"])
    assert (stored.spans, stored.elapsed_ms, stored.reviewer) == (spans, 800, reviewer)
    assert Annotation.objects.count() == 2


def test_review_verdict_keeps_the_checks_that_were_overruled(web: Client, reviewer: User):
    item = factories.make_queue_item()
    [span] = [span for span in item.prediction.spans if span["label"] == "PER"]
    override = {"code": "two_acts", "start": span["start"], "end": span["end"], "reason": " one act "}
    assert decide(web, reviewer, verdict_on(item, overrides=[override, override]))[0]["ok"] is True
    assert Verdict.objects.get().overrides == [override | {"reason": "one act"}]
    page = web.get(reverse("title", args=[item.title_id])).content.decode()
    assert "“Ana Torres” looks like more than one act." in page
    assert "#rule-2" in page
    assert "<q>one act</q>" in page


def test_review_verdict_sent_twice_is_stored_once(web: Client, reviewer: User):
    verdict = verdict_on(factories.make_queue_item())
    assert decide(web, reviewer, verdict, verdict) == decide(web, reviewer, verdict, verdict)
    assert Verdict.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "x"}, "invalid_payload"),
        ({"title_id": 999_999}, "title_missing"),
        ({"title_id": "a"}, "invalid_payload"),
        ({"prediction_id": 999_999}, "unknown_prediction"),
        ({"action": "undo"}, "invalid_payload"),
        ({"action": "correct", "spans": [{"start": 0, "end": 3, "label": "X"}]}, "invalid_payload"),
        ({"action": "correct", "spans": [{"start": 0, "end": 3}]}, "invalid_payload"),
        ({"action": "correct", "spans": [{"start": 0, "end": 999, "label": "PER"}]}, "out_of_range"),
        ({"action": "correct", "spans": [{"start": 2, "end": 4, "label": "PER"}]}, "whitespace_edge"),
        ({"spans": "none"}, "invalid_payload"),
        ({"comment": "x" * 1001}, "invalid_payload"),
        ({"comment": 3}, "invalid_payload"),
        ({"comment": "\ud800"}, "invalid_payload"),
        ({"comment": "a\x00b"}, "invalid_payload"),
        ({"overrides": [{"code": "edge_sign", "start": 0}]}, "invalid_payload"),
        ({"overrides": [{"code": "edge_sign", "start": 0, "end": 10, "reason": "x" * 201}]}, "invalid_payload"),
        ({"overrides": [{"code": "made_up", "start": 0, "end": 10}]}, "unknown_check"),
        ({"overrides": [{"code": "edge_sign", "start": 0, "end": 4}]}, "no_such_span"),
        ({"elapsed_ms": -1}, "invalid_payload"),
        ({"elapsed_ms": 2**40}, "invalid_payload"),
    ],
)
def test_review_bad_verdict_is_refused_and_holds_back_no_other(web: Client, reviewer: User, change: dict, code: str):
    bad = verdict_on(factories.make_queue_item(), **change)
    good = verdict_on(factories.make_queue_item())
    refused, stored = decide(web, reviewer, bad, good)
    assert (refused["id"], refused["ok"], refused["code"], stored["ok"]) == (bad["id"], False, code, True)
    assert [str(verdict.pk) for verdict in Verdict.objects.all()] == [good["id"]]


@pytest.mark.parametrize("item", [None, 3, "x", [], [[]]])
def test_review_verdict_that_is_no_object_is_refused(web: Client, reviewer: User, item: object):
    [refused] = decide(web, reviewer, item)
    assert (refused["id"], refused["ok"], refused["code"]) == (None, False, "invalid_payload")


def test_review_late_verdict_is_kept_and_marked(web: Client, reviewer: User):
    item = factories.make_queue_item()
    factories.make_annotation(item.title, spans=[])
    [answer] = decide(web, reviewer, verdict_on(item))
    assert (answer["ok"], answer["late"]) == (True, True)
    assert Annotation.objects.get().spans == []


def test_review_undo_reopens_the_title_and_lends_it_again(web: Client, reviewer: User):
    item = factories.make_queue_item()
    verdict = verdict_on(item)
    decide(web, reviewer, verdict)
    payload = {"user": reviewer.pk, "tab": TAB, "undos": [{"id": str(uuid4()), "verdict_id": verdict["id"]}]}
    answers = [send(web, "review_undo", payload).json()["results"] for _ in range(2)]
    assert answers == [[{"id": payload["undos"][0]["id"], "ok": True, "lost": False}]] * 2
    assert (Annotation.objects.count(), Verdict.objects.count()) == (0, 2)
    assert list(Lease.objects.values_list("item", "tab")) == [(item.pk, UUID(TAB))]


def test_review_undo_of_somebody_elses_verdict_is_refused(web: Client, reviewer: User, lead: User):
    item = factories.make_queue_item()
    other = Client()
    other.force_login(lead)
    verdict = verdict_on(item)
    decide(other, lead, verdict)
    payload = {"user": reviewer.pk, "tab": TAB, "undos": [{"id": str(uuid4()), "verdict_id": verdict["id"]}]}
    [refused] = send(web, "review_undo", payload).json()["results"]
    assert (refused["ok"], refused["code"]) == (False, "not_allowed")
    assert Annotation.objects.count() == 1


def test_review_heartbeat_renews_and_names_what_is_lost(web: Client, reviewer: User):
    held, free = factories.make_queue_item(confidence=0.1), factories.make_queue_item(confidence=0.2)
    send(web, "review_cards", {"user": reviewer.pk, "tab": TAB, "count": 1})
    before = Lease.objects.get().expires_at
    payload = {"user": reviewer.pk, "tab": TAB, "title_ids": [held.title_id, free.title_id]}
    assert send(web, "review_heartbeat", payload).json() == {"lost": [free.title_id]}
    assert Lease.objects.get().expires_at > before


def test_review_release_gives_back_the_cards_of_this_tab_only(web: Client, reviewer: User):
    for number in range(2):
        factories.make_queue_item(confidence=0.1 + number / 10)
    tabs = [str(uuid4()), str(uuid4())]
    for tab in tabs:
        send(web, "review_cards", {"user": reviewer.pk, "tab": tab, "count": 1})
    answers = [send(web, "review_release", {"user": reviewer.pk, "tab": tabs[0]}).json() for _ in range(2)]
    assert answers == [{"released": 1}, {"released": 0}]
    assert [str(lease.tab) for lease in Lease.objects.all()] == [tabs[1]]
