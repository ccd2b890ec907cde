from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.celery_app import app
from annotator.domain.leasing import lease_cards
from annotator.domain.queries.queue import broker_reachable, flagged_titles, queue_counts, worker_health
from annotator.domain.review import record_verdict, undo_verdict
from annotator.enums import Action, AnnotationSource, Band, QueueState
from annotator.models import Lease, QueueItem, Title, WorkerHeartbeat
from tests.factories import make_annotation, make_prediction, make_queue_item, make_title


def make_worker(hostname, *, seconds_ago=0):
    return WorkerHeartbeat.objects.create(hostname=hostname, seen_at=timezone.now() - timedelta(seconds=seconds_ago))


def make_old_title(seconds):
    title = make_title()
    Title.objects.filter(pk=title.pk).update(created_at=timezone.now() - timedelta(seconds=seconds))
    return title


def test_counts_of_an_empty_desk(db):
    counts = queue_counts()

    assert counts.waiting == {"high": 0, "middle": 0, "low": 0}
    assert (counts.leased, counts.settled, counts.flagged, counts.new, counts.oldest_wait) == (0, {}, 0, 0, None)
    assert (counts.waiting_total, counts.settled_total) == (0, 0)


def test_counts_tell_where_the_titles_are(reviewer):
    for band in (Band.LOW, Band.LOW, Band.MIDDLE):
        make_queue_item(band=band)
    make_queue_item(band=Band.MIDDLE, state=QueueState.DONE)
    make_annotation(source=AnnotationSource.AUTO, prediction=make_prediction())
    make_annotation()
    flagged = make_queue_item()
    record_verdict(title_id=flagged.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.FLAG)
    make_title()
    lease_cards(reviewer=reviewer, tab=uuid4(), count=2)
    Lease.objects.filter(pk=Lease.objects.first().pk).update(expires_at=timezone.now())
    QueueItem.objects.filter(band=Band.LOW).update(entered_at=timezone.now() - timedelta(hours=2))

    counts = queue_counts()

    assert counts.waiting == {"high": 0, "middle": 1, "low": 2}
    assert (counts.leased, counts.flagged, counts.new) == (1, 1, 1)
    assert counts.settled == {"auto": 1, "reviewed": 1}
    assert (counts.waiting_total, counts.settled_total) == (3, 2)
    assert timedelta(hours=2) <= counts.oldest_wait < timedelta(hours=2, minutes=1)


@pytest.mark.parametrize("rows", [1, 3])
def test_counting_asks_as_often_for_one_title_as_for_three(rows, db, django_assert_num_queries):
    for _ in range(rows):
        make_queue_item()

    with django_assert_num_queries(7):
        queue_counts()


def test_a_worker_is_alive_for_half_a_minute_after_its_last_sign(db):
    make_worker("a", seconds_ago=29)
    make_worker("b", seconds_ago=31)

    health = worker_health()

    assert [(worker.hostname, worker.alive) for worker in health.workers] == [("a", True), ("b", False)]
    assert (health.any_alive, health.broker_reachable, health.stuck) == (True, True, False)


def test_without_workers_only_titles_that_wait_for_long_are_a_problem(db):
    make_title()
    assert (worker_health().any_alive, worker_health().untagged_late, worker_health().stuck) == (False, 0, False)

    make_old_title(61)
    assert (worker_health().untagged_late, worker_health().stuck) == (1, True)

    make_worker("a")
    assert worker_health().stuck is False


def test_a_broker_that_is_down_is_noticed_at_once(db, monkeypatch):
    # In this order: broker_read_url answers with broker_url, and would be put back to the wrong one.
    monkeypatch.setattr(app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")

    assert broker_reachable() is False


def test_flagged_titles_come_with_the_flags_that_stand(reviewer, lead):
    item, undone = make_queue_item(), make_queue_item()
    flag = record_verdict(
        title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.FLAG, comment="two events"
    )
    other = record_verdict(title_id=undone.title_id, reviewer=lead, verdict_id=uuid4(), action=Action.FLAG)
    undo_verdict(other.pk, reviewer=lead, undo_id=uuid4())

    [title] = flagged_titles()

    assert (title, [(found.reviewer, found.comment) for found in title.flags]) == (
        item.title,
        [(reviewer, "two events")],
    )
    assert title.flags == [flag]


@pytest.mark.parametrize("rows", [1, 3])
def test_flagged_titles_ask_as_often_for_one_as_for_three(rows, reviewer, django_assert_num_queries):
    for _ in range(rows):
        record_verdict(title_id=make_queue_item().title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.FLAG)

    with django_assert_num_queries(2):
        assert [(title.queue_item.prediction.pk, title.flags[0].reviewer) for title in flagged_titles()] != []
