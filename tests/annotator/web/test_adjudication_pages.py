from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.adjudication import next_dispute
from annotator.domain.leasing import lease_cards
from annotator.domain.review import record_verdict
from annotator.enums import Action, AnnotationSource, Band, QueueState
from annotator.models import Annotation, Lease, QueueItem, Verdict
from tests.annotator.web.pages import count_queries, words
from tests.factories import SPANS, make_queue_item, make_user

OTHER = SPANS[:1]


def disputed(*names):
    item = make_queue_item(band=Band.LOW, opinions_needed=2)
    for name, spans in zip(names, (SPANS, OTHER), strict=True):
        person = make_user(name, last_login=timezone.now())
        record_verdict(title_id=item.title_id, reviewer=person, verdict_id=uuid4(), action=Action.CORRECT, spans=spans)
    return item


def form_of(dispute, *choices):
    form = {"verdict_id": uuid4(), "left": dispute.left.pk, "right": dispute.right.pk}
    return form | {f"choice_{number}": choice for number, choice in enumerate(choices)}


def test_the_page_shows_both_readings_without_names(lead_client, lead):
    disputed("bram", "carla")
    page = words(lead_client.get("/adjudicate/"))

    assert "Difference 1 of 1" in page
    assert "1 title in dispute" in page
    assert not {"bram", "carla"} & set(page.split())


def test_a_decision_settles_the_title_and_then_tells_the_names(lead_client, lead):
    item = disputed("bram", "carla")
    response = lead_client.post(f"/adjudicate/{item.title_id}/", form_of(next_dispute(lead), "neither"), follow=True)

    annotation = Annotation.objects.get()
    assert (annotation.source, annotation.spans) == (AnnotationSource.ADJUDICATED, OTHER)
    assert {"bram", "carla"} <= set(words(response).split())
    assert "Nothing is in dispute" in words(response)


def test_a_second_click_and_a_damaged_form_change_nothing(lead_client, lead):
    item = disputed("bram", "carla")
    dispute = next_dispute(lead)
    damaged = [form_of(dispute, "both"), form_of(dispute), {"verdict_id": "x"}, form_of(dispute, "left", "left")]
    for form in damaged:
        assert lead_client.post(f"/adjudicate/{item.title_id}/", form).status_code == 302
    assert not Annotation.objects.exists()

    form = form_of(dispute, "left")
    for _ in range(2):
        lead_client.post(f"/adjudicate/{item.title_id}/", form)
    assert Verdict.objects.count() == 3


def test_a_decision_is_taken_back(lead_client, lead):
    item = disputed("bram", "carla")
    form = form_of(next_dispute(lead), "left")
    lead_client.post(f"/adjudicate/{item.title_id}/", form)
    lead_client.post("/adjudicate/undo/", {"verdict_id": form["verdict_id"], "undo_id": uuid4()})

    assert QueueItem.objects.get().state == QueueState.ADJUDICATION
    assert "Difference 1 of 1" in words(lead_client.get(f"/adjudicate/?decided={form['verdict_id']}"))


@pytest.mark.parametrize("url", ["/adjudicate/", "/adjudicate/?decided=nonsense"])
def test_reviewers_do_not_adjudicate(url, reviewer_client, lead_client):
    assert (reviewer_client.get(url).status_code, lead_client.get(url).status_code) == (403, 200)
    for post in ("/adjudicate/1/", "/adjudicate/undo/", "/titles/1/take-over/"):
        assert reviewer_client.post(post).status_code == 403


def test_the_page_asks_as_often_for_three_disputes_as_for_one(lead_client, lead):
    disputed("a", "b")
    one = count_queries(lead_client, "/adjudicate/")
    disputed("c", "d")
    disputed("e", "f")
    assert count_queries(lead_client, "/adjudicate/") == one


def test_the_history_hides_an_opinion_from_the_second_reader(reviewer_client, lead_client, lead):
    item = make_queue_item(band=Band.LOW, opinions_needed=2)
    bram = make_user("bram", last_login=timezone.now())
    record_verdict(title_id=item.title_id, reviewer=bram, verdict_id=uuid4(), action=Action.NOTHING)
    url = f"/titles/{item.title_id}/"
    assert ["bram" in words(client.get(url)) for client in (reviewer_client, lead_client)] == [False, False]

    record_verdict(title_id=item.title_id, reviewer=lead, verdict_id=uuid4(), action=Action.NOTHING)
    assert ["bram" in words(client.get(url)) for client in (reviewer_client, lead_client)] == [True, True]


def test_a_lead_takes_a_held_title_over_and_reads_it_first(lead_client, lead, reviewer, reviewer_client):
    make_queue_item(confidence=0.1)
    item = make_queue_item(confidence=0.9)
    lease_cards(reviewer=reviewer, tab=uuid4())
    url = f"/titles/{item.title_id}/"
    assert "held by rosa until" in words(lead_client.get(url))
    assert "Take over" not in words(reviewer_client.get(url))

    response = lead_client.post(f"{url}take-over/", follow=True)
    assert response.context["config"]["first"]["cards"][0]["title_id"] == item.title_id
    assert Lease.objects.get(item=item).reviewer == lead


def test_a_settled_title_is_not_taken_over(lead_client):
    item = make_queue_item(state=QueueState.DONE)

    assert "not waiting" in words(lead_client.post(f"/titles/{item.title_id}/take-over/", follow=True))
    assert lead_client.post("/titles/999/take-over/").status_code == 404


@pytest.mark.parametrize("wanted", ["x", "", "99999999999999999999", "12345"])
def test_a_title_that_cannot_be_had_leaves_the_usual_cards(wanted, reviewer_client):
    item = make_queue_item()
    config = reviewer_client.get(f"/review/?title={wanted}").context["config"]

    assert [card["title_id"] for card in config["first"]["cards"]] == [item.title_id]


def test_a_blind_card_has_no_reading_in_the_page(reviewer_client):
    item = make_queue_item(blind=True)
    response = reviewer_client.get("/review/")

    assert "reading is hidden here" in words(response)
    [card] = response.context["config"]["first"]["cards"]
    assert (card["spans"], card["alternatives"], card["confidence"], "band" in card) == ([], [], None, False)
    assert str(item.prediction.spans[0]["score"]) not in response.content.decode()
