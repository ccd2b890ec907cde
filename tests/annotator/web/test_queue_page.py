"""The overview of the queue, and the health line."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotator.domain.leasing import lease_cards
from annotator.domain.queries import queue as queue_queries
from annotator.models import Alert, User, WorkerHeartbeat
from annotator.web.health import ask_health
from tests import factories
from tests.annotator.web.pages import count_queries, words


@pytest.fixture
def worker(db: None) -> WorkerHeartbeat:
    return WorkerHeartbeat.objects.create(hostname="worker@desk", seen_at=timezone.now())


@pytest.fixture
def broker_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_queries, "broker_reachable", lambda: False)


def test_queue_page_counts_what_waits_and_what_is_settled(reviewer_client: Client, worker: WorkerHeartbeat):
    for confidence, band in ((0.3, "low"), (0.4, "low"), (0.7, "middle")):
        factories.make_queue_item(confidence=confidence, band=band)
    factories.make_annotation(source="auto")
    factories.make_title()
    page = words(reviewer_client.get(reverse("queue")))
    assert "3 in all 2 low < 60 % 1 middle 60–90 % 0 high ≥ 90 %" in page
    assert "Settled automatic 1" in page
    assert "to be tagged 1 on a reviewer's desk 0 flagged 0" in page
    assert "broker answers worker@desk at work" in page


def test_queue_page_of_an_empty_desk_says_where_titles_come_from(reviewer_client: Client, lead_client: Client):
    assert "No titles yet Titles arrive by upload" in words(reviewer_client.get(reverse("queue")))
    assert "Upload titles" in words(lead_client.get(reverse("queue")))


def test_queue_page_says_who_reviews_now(reviewer_client: Client, reviewer: User):
    factories.make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())
    assert "rosa 0 verdicts today · reviewing now" in words(reviewer_client.get(reverse("queue")))


@pytest.mark.parametrize("seen", [None, 600])
def test_worker_that_is_down_is_told_in_words_with_what_to_do(reviewer_client: Client, seen: int | None):
    if seen:
        WorkerHeartbeat.objects.create(hostname="worker@desk", seen_at=timezone.now() - timedelta(seconds=seen))
    page = words(reviewer_client.get(reverse("queue")))
    assert "Worker down New titles are not tagged and exports wait. Nothing is lost." in page
    assert ("worker@desk down , last seen 10 minutes ago" if seen else "worker never seen") in page


def test_broker_that_is_down_is_told_in_words(reviewer_client: Client, worker: WorkerHeartbeat, broker_down: None):
    page = words(reviewer_client.get(reverse("queue")))
    assert "Broker down New titles are not tagged and exports wait. Nothing is lost." in page
    assert "broker down" in page


def test_htmx_gets_the_overview_alone(reviewer_client: Client):
    response = reviewer_client.get(reverse("queue"), headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "Waiting for review" in words(response)
    assert "HX-Request" in response["Vary"]


def test_health_line_is_not_asked_for_while_a_page_is_made(reviewer_client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("annotator.web.health.worker_health", lambda: pytest.fail("asked"))
    page = reviewer_client.get(reverse("guidelines")).content.decode()
    assert 'hx-trigger="load, every 20s"' in page


def test_health_line_shows_what_is_known_on_every_page(reviewer_client: Client, worker: WorkerHeartbeat):
    ask_health()
    page = reviewer_client.get(reverse("guidelines"))
    assert 'hx-trigger="every 20s"' in page.content.decode()
    assert "Working" in words(page)


def test_health_line_is_kept_for_some_seconds(reviewer_client: Client, worker: WorkerHeartbeat):
    assert words(reviewer_client.get(reverse("health"))) == "Working"
    WorkerHeartbeat.objects.all().delete()
    assert words(reviewer_client.get(reverse("health"))) == "Working"


def test_queue_page_asks_as_often_for_one_row_as_for_three(reviewer_client: Client, reviewer: User):
    factories.make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())
    one = count_queries(reviewer_client, reverse("queue"))
    for number in range(2):
        factories.make_queue_item(band="low")
        WorkerHeartbeat.objects.create(hostname=f"worker{number}@desk", seen_at=timezone.now())
        lease_cards(reviewer=factories.make_user(), tab=uuid4())
    assert count_queries(reviewer_client, reverse("queue")) == one


def test_leads_see_what_needs_looking_after_and_reviewers_do_not(lead_client: Client, reviewer_client: Client):
    Alert.objects.create(code="queue_age", value=80, limit=72, began_at=timezone.now())
    told = "The title that waits longest has waited 80 hours; the limit is 72."
    assert told in words(lead_client.get(reverse("queue")))
    assert told not in words(reviewer_client.get(reverse("queue")))
