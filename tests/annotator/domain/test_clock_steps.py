"""The machine's clock is put forward or back: nobody holds a title, and no work waits, longer than with a clock that is right."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain import job_rows
from annotator.domain.leasing import holding_lease, lease_cards, renew_leases
from annotator.domain.queries.queue import queue_counts
from annotator.domain.webhooks import sending
from annotator.domain.webhooks.events import note_ping
from annotator.enums import JobKind, JobState
from annotator.models import Job, Lease, Webhook
from tests.factories import make_queue_item, make_user, make_webhook

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch):
    """step(by): the clock of this machine is so far from what it was."""
    right = timezone.now

    def set_clock(by: timedelta) -> datetime:
        monkeypatch.setattr(timezone, "now", lambda: right() + by)
        return timezone.now()

    return set_clock


@pytest.mark.parametrize("by", [-HOUR, HOUR])
def test_a_title_in_hand_is_free_for_others_soon_after_the_step(reviewer, step, settings, by):
    item = make_queue_item()
    assert lease_cards(reviewer=reviewer, tab=uuid4())
    step(by)
    assert holding_lease(item.title) is None
    assert queue_counts().leased == 0
    other = make_user("paul")
    assert [card.title_id for card in lease_cards(reviewer=other, tab=uuid4())] == [item.title_id]
    assert Lease.objects.get().expires_at <= timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def test_who_goes_on_reading_keeps_the_title_over_a_step_back(reviewer, step):
    item, tab = make_queue_item(), uuid4()
    lease_cards(reviewer=reviewer, tab=tab)
    step(-HOUR)
    assert renew_leases(reviewer=reviewer, tab=tab) == [item.title_id]
    assert holding_lease(item.title).reviewer == reviewer


def test_clocks_that_are_a_little_apart_take_nothing_from_anybody(reviewer, step):
    item = make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())
    step(timedelta(seconds=-20))
    assert holding_lease(item.title).reviewer == reviewer
    assert lease_cards(reviewer=make_user("paul"), tab=uuid4()) == []


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_work_that_was_lost_is_found_again_after_a_step_back(step, state):
    job = Job.objects.create(kind=JobKind.EXPORT, state=state)
    now = step(-HOUR)
    limits = {"queued_before": now - HOUR, "running_before": now - HOUR}
    assert job_rows.find_lost_jobs(**limits) == [job]
    assert job_rows.find_lost_jobs(**limits) == [], "it counts as touched now"


def test_a_training_whose_worker_died_before_a_step_back_is_taken_over(step):
    job = Job.objects.create(kind=JobKind.TRAIN)
    job_rows.claim_alone(job.pk)
    assert job_rows.claim_alone(job.pk) is None
    step(-HOUR)
    assert job_rows.claim_alone(job.pk) == job


def test_a_webhook_is_not_held_up_by_a_claim_of_the_future(step):
    hook = make_webhook(
        busy_until=timezone.now() + timedelta(seconds=30), rest_until=timezone.now() + timedelta(minutes=20)
    )
    step(-HOUR)
    note_ping(hook)
    assert sending.find_due() == [hook.pk]
    Webhook.objects.update(rest_until=timezone.now() + timedelta(minutes=20))
    assert sending.find_due() == []
