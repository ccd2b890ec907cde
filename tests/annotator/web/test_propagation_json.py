"""The group card's JSON: what is listed, applied and taken back."""

import json
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from annotator.domain.surfaces import index_predictions
from annotator.models import Annotation, Propagation, QueueItem, User, Verdict
from tests import factories
from tests.factories import spans_of

NAMES = ["review_group", "review_propagate", "review_take_back"]


@pytest.fixture
def web(client: Client, reviewer: User, settings) -> Client:
    settings.PROPAGATION_AUDIT_SHARE = 0.0
    client.force_login(reviewer)
    return client


def send(client: Client, name: str, payload: object) -> HttpResponse:
    return client.post(reverse(name), json.dumps(payload), content_type="application/json")


def queue(text: str, confidence: float = 0.7) -> QueueItem:
    title = factories.make_title(text)
    prediction = factories.make_prediction(title, spans=spans_of(text, ("Boston", "PER", 0.72)), confidence=confidence)
    index_predictions([prediction])
    return factories.make_queue_item(title, prediction=prediction)


def correct(client: Client, user: User, item: QueueItem) -> str:
    verdict = {
        "id": str(uuid4()),
        "title_id": item.title_id,
        "action": "correct",
        "spans": spans_of(item.title.text, ("Boston", "LOC")),
    }
    assert send(client, "review_verdicts", {"user": user.pk, "verdicts": [verdict]}).json()["results"][0]["ok"]
    return verdict["id"]


def carry(client: Client, user: User, **sent: object) -> dict:
    body = {"id": str(uuid4())} | sent
    [answer] = send(client, "review_propagate", {"user": user.pk, "propagations": [body]}).json()["results"]
    return answer


@pytest.mark.parametrize("name", NAMES)
def test_group_json_is_for_the_signed_in_person_of_the_page_only(client: Client, reviewer: User, lead: User, name: str):
    assert send(client, name, {"user": reviewer.pk}).status_code == 401
    client.force_login(lead)
    assert send(client, name, {"user": reviewer.pk}).status_code == 403
    assert client.get(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_group_json_names_what_is_missing(web: Client, reviewer: User, name: str):
    response = send(web, name, {"user": reviewer.pk})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_payload")


def test_group_lists_titles_before_and_after(web: Client, reviewer: User):
    first, same = queue("Boston night"), queue("Night in Boston")
    verdict = correct(web, reviewer, first)
    answer = send(web, "review_group", {"user": reviewer.pk, "verdict_id": verdict}).json()

    assert answer == {
        "titles": [
            {
                "title_id": same.title_id,
                "text": "Night in Boston",
                "before": spans_of("Night in Boston", ("Boston", "PER", 0.72)),
                "after": spans_of("Night in Boston", ("Boston", "LOC")),
                "settles": True,
                "ticked": True,
                "doubts": [],
            }
        ],
        "busy": 0,
        "more": False,
    }


def test_group_leaves_doubtful_titles_unticked_and_says_why(web: Client, reviewer: User):
    factories.make_annotation(factories.make_title("Boston live"), spans=spans_of("Boston live", ("Boston", "PER")))
    first, _same = queue("Boston night"), queue("Night in Boston")
    verdict = correct(web, reviewer, first)
    [listed] = send(web, "review_group", {"user": reviewer.pk, "verdict_id": verdict}).json()["titles"]
    assert (listed["ticked"], listed["doubts"]) == (False, ["“Boston” is settled elsewhere as: performer 1"])


def test_propagate_and_take_back(web: Client, reviewer: User):
    first, sure, unsure = queue("Boston 0"), queue("Boston 1"), queue("Boston 2", confidence=0.5)
    verdict, group_id = correct(web, reviewer, first), str(uuid4())
    wanted = [sure.title_id, unsure.title_id, first.title_id]
    for _ in range(2):
        answer = carry(web, reviewer, id=group_id, verdict_id=verdict, title_ids=wanted)
        assert answer == {"id": group_id, "ok": True, "applied": {"settled": 1, "proposed": 1, "skipped": 1}}

    undo = {"id": str(uuid4()), "propagation_id": group_id}
    answer = send(web, "review_take_back", {"user": reviewer.pk, "undos": [undo]}).json()
    assert (answer, Annotation.objects.count()) == ({"results": [{"id": undo["id"], "ok": True}]}, 1)


def test_a_bad_item_holds_back_no_other(web: Client, reviewer: User):
    first, same = queue("Boston 0"), queue("Boston 1")
    verdict = correct(web, reviewer, first)
    good = {"id": str(uuid4()), "verdict_id": verdict, "title_ids": [same.title_id]}
    bad = [
        7,
        {},
        good | {"id": str(uuid4()), "title_ids": ["x"]},
        good | {"id": str(uuid4()), "verdict_id": str(uuid4())},
    ]
    answers = send(web, "review_propagate", {"user": reviewer.pk, "propagations": [*bad, good]}).json()["results"]
    assert [answer.get("code") for answer in answers] == [*["invalid_payload"] * 3, "nothing_to_propagate", None]
    assert Propagation.objects.count() == 1


def test_somebody_elses_correction_is_not_carried_over(web: Client, client: Client, reviewer: User, lead: User):
    first, same = queue("Boston 0"), queue("Boston 1")
    verdict = correct(web, reviewer, first)
    client.force_login(lead)
    assert carry(client, lead, verdict_id=verdict, title_ids=[same.title_id])["code"] == "not_allowed"
    assert send(client, "review_group", {"user": lead.pk, "verdict_id": verdict}).json()["code"] == "not_allowed"


@pytest.mark.parametrize(("proposal", "action"), [([("Boston", "LOC")], "correct"), ([], "nothing")])
def test_the_form_without_javascript_accepts_what_is_drawn(web: Client, proposal: list, action: str):
    item = queue("Boston 0")
    QueueItem.objects.update(proposal=spans_of("Boston 0", *proposal))
    page = web.get(reverse("review")).content.decode()
    assert 'name="spans"' in page
    sent = {"id": uuid4(), "tab": uuid4(), "title_id": item.title_id, "prediction_id": item.prediction_id}
    web.post(reverse("review"), sent | {"action": "accept", "spans": json.dumps(spans_of("Boston 0", *proposal))})
    verdict = Verdict.objects.get()
    assert (verdict.action, verdict.spans) == (action, spans_of("Boston 0", *proposal))


@pytest.mark.parametrize("spans", ["x", "7", '[{"start": 0}]'])
def test_the_form_refuses_spans_that_are_none(web: Client, spans: str):
    item = queue("Boston 0")
    sent = {"id": uuid4(), "tab": uuid4(), "title_id": item.title_id, "prediction_id": item.prediction_id}
    web.post(reverse("review"), sent | {"action": "accept", "spans": spans})
    assert Verdict.objects.count() == 0
