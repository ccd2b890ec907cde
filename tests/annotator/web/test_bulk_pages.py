"""Leads do one thing to many titles, take it back, and answer what comes back to them."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from annotator.domain.review import record_verdict
from annotator.enums import AnnotationSource, TitleState
from annotator.models import Annotation, BulkAction, QueueItem, Title, User
from tests import factories
from tests.annotator.web.pages import cells, count_queries, words


def waiting(text: str, **fields: object) -> Title:
    return factories.make_queue_item(factories.make_title(text), **fields).title


def step(client: Client, kind: str, titles: list[Title] | tuple = (), **fields: object):
    data = {"id": uuid4(), "kind": kind, "titles": [title.pk for title in titles]} | fields.pop("sent", {}) | fields
    return client.post(reverse("bulk"), data, follow=True)


def skip(title: Title, reviewer: User, comment: str = "") -> None:
    record_verdict(title_id=title.pk, reviewer=reviewer, verdict_id=uuid4(), action="skip", comment=comment)


def test_chosen_titles_are_accepted_and_undone_from_the_page(lead_client: Client):
    one, two, other = [waiting(text) for text in ("Ana in Rome", "Fado in Porto", "Rui in Faro")]
    page = step(lead_client, "accept", [one, two], query="text=o")
    assert page.redirect_chain == [("/titles/?text=o", 302)]
    assert "2 titles accepted. Undo" in words(page)
    assert set(Annotation.objects.values_list("title", "source")) == {
        (one.pk, AnnotationSource.REVIEWED),
        (two.pk, AnnotationSource.REVIEWED),
    }
    undone = lead_client.post(reverse("undo_bulk", args=[BulkAction.objects.get().pk]), {"query": ""}, follow=True)
    assert "Taken back: 2 titles." in words(undone)
    assert "2 titles accepted. Undo" not in words(undone)
    assert not Annotation.objects.exists()
    other.refresh_from_db()
    assert other.state == TitleState.WAITING


def test_everything_that_matches_and_waits_is_assigned_up_to_the_limit(
    lead_client: Client, reviewer: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("annotator.web.views.bulk.BULK_MOST", 2)
    found = [waiting(f"Fado {number}") for number in range(3)]
    factories.make_annotation(factories.make_title("Fado settled"), spans=[])
    waiting("Ana in Rome")
    page = step(lead_client, "assign", everything="on", query="text=fado", assignee=reviewer.pk)
    assert "2 titles assigned to rosa." in words(page)
    assigned = QueueItem.objects.filter(assigned_to=reviewer).order_by("title")
    assert list(assigned.values_list("title", flat=True)) == [title.pk for title in found[1:]]
    assert BulkAction.objects.get().params == {"scope": "found", "criteria": {"text": "fado"}}
    listed = [row[2] for row in cells(lead_client.get(reverse("titles"), {"assignee": "rosa"}))]
    assert listed == ["waiting for review for rosa"] * 2


def test_what_is_left_out_is_said(lead_client: Client):
    free, blind = waiting("Ana in Rome"), waiting("Fado in Porto", blind=True)
    settled = factories.make_annotation(factories.make_title("Rui in Faro"), spans=[]).title
    page = step(lead_client, "accept", [free, blind, settled])
    assert (
        "1 title accepted. 2 titles left out: to be read without the model (1), not waiting for review (1). Undo"
        in words(page)
    )


def test_a_second_click_does_nothing_more(lead_client: Client):
    title, action_id = waiting("Ana in Rome"), uuid4()
    for _twice in range(2):
        assert "1 title accepted. Undo" in words(step(lead_client, "accept", [title], id=action_id))
    assert BulkAction.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "Choose at least one title."),
        ({"kind": "return"}, "That form was damaged."),
        ({"id": "x"}, "That form was damaged."),
        ({"assignee": "404"}, "That form was damaged."),
        ({"titles": ["99999999999999999999"]}, "That form was damaged."),
        ({"titles": ["404"]}, "0 titles accepted. 1 title left out: not waiting for review (1)."),
    ],
)
def test_a_damaged_step_changes_nothing(lead_client: Client, fields: dict, complaint: str):
    waiting("Ana in Rome")
    assert complaint in words(step(lead_client, "accept", sent=fields))
    assert not Annotation.objects.exists()


def test_many_titles_are_for_leads(reviewer_client: Client, lead_client: Client):
    title = waiting("Ana in Rome")
    step(lead_client, "accept", [title])
    action = BulkAction.objects.get()
    assert step(reviewer_client, "accept", [title]).status_code == 403
    assert reviewer_client.post(reverse("undo_bulk", args=[action.pk])).status_code == 403
    assert reviewer_client.get(reverse("bulk")).status_code == 403
    assert reviewer_client.get(reverse("skipped")).status_code == 403
    assert reviewer_client.post(reverse("answer_skips", args=[title.pk])).status_code == 403
    assert 'type="checkbox"' not in reviewer_client.get(reverse("titles")).content.decode()
    assert Annotation.objects.count() == 1


def test_bulk_page_lists_steps_with_their_undo(lead_client: Client, lead: User):
    title = waiting("Ana in Rome")
    step(lead_client, "assign", [title], assignee=lead.pk)
    step(lead_client, "accept", [title])
    listed = [row[:2] for row in cells(lead_client.get(reverse("bulk")))]
    assert listed == [["1 title accepted.", "lena"], ["1 title assigned to lena.", "lena"]]
    page = lead_client.post(
        reverse("undo_bulk", args=[BulkAction.objects.order_by("created_at").last().pk]), follow=True
    )
    assert [row[3] for row in cells(page)] == ["undone", "Undo"]
    assert "There is nothing to take back." in words(
        lead_client.post(reverse("undo_bulk", args=[uuid4()]), follow=True)
    )


def test_skipped_titles_come_with_reasons_and_go_back_to_one_reviewer(lead_client: Client, lead: User, reviewer: User):
    title = waiting("Ana in Rome")
    skip(title, lead)
    skip(title, reviewer, "Is Ana the act?")
    assert "2 skips rosa · now Is Ana the act? lena · now Answer" in words(lead_client.get(reverse("skipped")))
    data = {"undo_id": uuid4(), "comment": "Yes.", "assignee": reviewer.pk}
    for _twice in range(2):
        page = lead_client.post(reverse("answer_skips", args=[title.pk]), data, follow=True)
        assert "1 title assigned to rosa." in words(page)
    assert "Nothing is stuck" in words(page)
    action = BulkAction.objects.get()
    assert (action.kind, action.comment, action.assignee) == ("return", "Yes.", reviewer)


def test_a_lead_decides_a_skipped_title_at_once(lead_client: Client, lead: User):
    first, title = waiting("Ana in Rome", rank=0.1), waiting("Fado in Porto", rank=0.9)
    skip(title, lead)
    page = lead_client.post(reverse("answer_skips", args=[title.pk]), {"undo_id": uuid4(), "decide": "on"}, follow=True)
    assert page.redirect_chain == [("/review/", 302)]
    assert [card["text"] for card in page.context["config"]["first"]["cards"]] == [title.text, first.text]


@pytest.mark.parametrize("decide", ["", "on"])
def test_a_flag_is_answered_to_a_name(lead_client: Client, lead: User, reviewer: User, decide: str):
    title = waiting("Ana in Rome")
    record_verdict(title_id=title.pk, reviewer=reviewer, verdict_id=uuid4(), action="flag")
    choice = {"decide": "on"} if decide else {"assignee": reviewer.pk}
    page = lead_client.post(reverse("send_back", args=[title.pk]), {"undo_id": uuid4()} | choice, follow=True)
    assert page.redirect_chain == [("/review/" if decide else "/titles/flagged/", 302)]
    assert QueueItem.objects.get().assigned_to == (lead if decide else reviewer)


def test_answers_that_come_too_late_or_damaged_change_nothing(lead_client: Client, lead: User):
    title = waiting("Ana in Rome")
    answer = reverse("answer_skips", args=[title.pk])
    assert "That form was damaged." in words(lead_client.post(answer, {"undo_id": "x"}, follow=True))
    assert not BulkAction.objects.exists()


@pytest.mark.parametrize("name", ["titles", "bulk", "skipped"])
def test_pages_of_leads_ask_as_often_for_one_row_as_for_three(
    lead_client: Client, lead: User, reviewer: User, name: str
):
    def add() -> None:
        title = waiting(f"Fado {uuid4()}")
        for person in (lead, reviewer):
            skip(title, person)
        step(lead_client, "assign", [title], assignee=lead.pk)

    add()
    one = count_queries(lead_client, reverse(name))
    add()
    add()
    assert count_queries(lead_client, reverse(name)) == one
