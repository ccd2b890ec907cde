"""A clock that was wrong and is set right, forward or back: nothing is held for longer than twice its time, nothing waits for ever."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings as desk_settings
from django.utils import timezone

from annotator import tasks
from annotator.domain.job_rows import claim_alone
from annotator.domain.leasing import holding_lease, lease_cards, lease_title, renew_leases
from annotator.domain.review import record_verdict
from annotator.domain.training_schedule import is_due
from annotator.enums import AnnotationSource, JobKind, JobState
from annotator.models import Annotation, Job, QueueItem, Title, User, Verdict
from tests.factories import make_annotation, make_queue_item, make_title, make_user

pytestmark = [pytest.mark.faults, pytest.mark.django_db]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Clock:
    """That of the machine, set by `ahead` from what is right."""

    def __init__(self, real: Callable[[], datetime]) -> None:
        self._real = real
        self.ahead = timedelta()

    def now(self) -> datetime:
        return self._real() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(timezone.now)
    monkeypatch.setattr(timezone, "now", clock.now)
    return clock


@pytest.fixture
def item(db: None) -> QueueItem:
    return make_queue_item()


@pytest.fixture
def other(db: None) -> User:
    return make_user("bram")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What the sweep for lost work sends again."""
    messages: list[tuple[str, object]] = []
    monkeypatch.setattr(tasks, "_send", lambda task, argument: messages.append((task.name, argument)))
    monkeypatch.setattr(tasks, "_waiting_messages", lambda _queue: 0)
    return messages


def titles_lent(reviewer: User) -> list[int]:
    return [card.title_id for card in lease_cards(reviewer=reviewer, tab=uuid4())]


def test_a_jump_forward_ends_leases_and_keeps_the_verdict(item: QueueItem, reviewer: User, other: User, clock: Clock):
    tab = uuid4()
    lease_title(item.title, reviewer=reviewer, tab=tab)
    clock.ahead = HOUR
    assert renew_leases(reviewer=reviewer, tab=tab) == []
    assert titles_lent(other) == [item.title_id]
    verdict = record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action="nothing")
    assert not verdict.late
    assert Annotation.objects.get().verdict == verdict


def test_a_jump_back_frees_a_title_in_twice_the_time_of_a_lease(
    item: QueueItem, reviewer: User, other: User, clock: Clock
):
    """The tab is gone: nobody renews or returns what it was lent while the clock was ahead."""
    clock.ahead = HOUR
    lease_title(item.title, reviewer=reviewer, tab=uuid4())
    clock.ahead = timedelta(seconds=2 * desk_settings.LEASE_SECONDS)
    assert holding_lease(item.title) is None
    assert titles_lent(other) == [item.title_id]
    assert holding_lease(item.title).reviewer == other


def test_a_small_step_back_takes_nothing_from_whoever_reads(item: QueueItem, reviewer: User, other: User, clock: Clock):
    tab = uuid4()
    lease_title(item.title, reviewer=reviewer, tab=tab)
    clock.ahead = -timedelta(seconds=5)
    assert titles_lent(other) == []
    assert renew_leases(reviewer=reviewer, tab=tab) == [item.title_id]
    assert holding_lease(item.title).expires_at <= clock.now() + timedelta(seconds=desk_settings.LEASE_SECONDS)


def test_a_clock_that_jumps_about_lends_a_title_to_one_person_at_a_time(
    item: QueueItem, reviewer: User, other: User, clock: Clock
):
    for ahead in (HOUR, -HOUR, DAY, timedelta(), -DAY, HOUR):
        clock.ahead = ahead
        lent = titles_lent(reviewer) + titles_lent(other)
        assert lent in ([item.title_id], []), ahead
    verdicts = [
        record_verdict(title_id=item.title_id, reviewer=one, verdict_id=uuid4(), action="nothing")
        for one in (reviewer, other)
    ]
    assert [verdict.late for verdict in verdicts] == [False, True]
    assert Verdict.objects.count() == 2


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_jump_back_does_not_hide_lost_jobs(state: str, clock: Clock, sent: list):
    clock.ahead = DAY
    job = Job.objects.create(kind=JobKind.TRAIN, state=state, params={"attempts": 1})
    clock.ahead = timedelta()
    tasks.recover_lost_work()
    assert sent == [("lineup.train.train_model", str(job.pk))]
    assert claim_alone(job.pk) == job


def test_a_jump_back_does_not_hide_titles(clock: Clock, sent: list):
    clock.ahead = DAY
    title = make_title()
    clock.ahead = timedelta()
    tasks.recover_lost_work()
    assert sent == [("lineup.tag.tag_titles", [title.pk])]


def test_a_jump_forward_sends_what_waits_again_and_doubles_nothing(clock: Clock, sent: list):
    title, job = make_title(), Job.objects.create(kind=JobKind.EXPORT)
    clock.ahead = HOUR
    for _ in range(2):
        tasks.recover_lost_work()
    assert sent == [("lineup.export.render", str(job.pk))] + [("lineup.tag.tag_titles", [title.pk])] * 2
    assert Title.objects.count() == 1


def test_a_training_of_a_clock_that_was_a_year_ahead_does_not_put_off_the_next(settings, clock: Clock):
    settings.TRAIN_EVERY_DAYS, settings.TRAIN_NEW_TITLES = 7, 1
    make_annotation(source=AnnotationSource.REVIEWED)
    clock.ahead = 365 * DAY
    Job.objects.create(kind=JobKind.TRAIN, state=JobState.DONE)
    clock.ahead = timedelta()
    assert is_due()
    Job.objects.create(kind=JobKind.TRAIN, state=JobState.DONE)
    assert not is_due()


@pytest.mark.parametrize("name", list(desk_settings.CELERY_BEAT_SCHEDULE))
def test_the_schedule_goes_on_after_a_jump_back(name: str):
    now = timezone.now()
    entry = desk_settings.CELERY_BEAT_SCHEDULE[name]["schedule"]
    entry.nowfun = lambda: now
    assert entry.is_due(now + DAY).is_due
    assert not entry.is_due(now).is_due
    assert entry.is_due(now - DAY).is_due
