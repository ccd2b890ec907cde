"""A worker's sign of life: written rarely, and never a reason to stop."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from django.db import DatabaseError
from django.utils import timezone

from annotator import heartbeat
from annotator.domain.queries.queue import worker_health
from annotator.models import WorkerHeartbeat

pytestmark = pytest.mark.django_db(transaction=True)  # connections are closed and opened again


class Sender:
    """What Celery sends: the worker itself, or its heart, which knows the name through its eventer."""

    hostname = "desk@here"
    eventer = SimpleNamespace(hostname="desk@here")


WORKER = Sender()


@pytest.fixture(autouse=True)
def nothing_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_written", float("-inf"))


def test_ready_worker_is_alive_and_a_stopped_one_gone():
    heartbeat.note_ready(WORKER)
    assert [(worker.hostname, worker.alive) for worker in worker_health().workers] == [("desk@here", True)]
    heartbeat.forget_worker(WORKER)
    assert worker_health().workers == []


def test_beats_are_written_once_in_ten_seconds(django_assert_num_queries, monkeypatch: pytest.MonkeyPatch):
    heartbeat.note_beat(WORKER)
    with django_assert_num_queries(0):
        heartbeat.note_beat(WORKER)
    long_ago = timezone.now() - timedelta(minutes=1)
    WorkerHeartbeat.objects.update(seen_at=long_ago)
    monkeypatch.setattr(heartbeat, "_written", heartbeat._written - heartbeat.WRITE_SECONDS)
    heartbeat.note_beat(WORKER)
    assert WorkerHeartbeat.objects.get().seen_at > long_ago


def test_database_that_is_away_costs_a_beat_and_not_the_worker(monkeypatch: pytest.MonkeyPatch):
    def away(**_fields: object) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(WorkerHeartbeat.objects, "update_or_create", away)
        heartbeat.note_beat(WORKER)
    assert not WorkerHeartbeat.objects.exists()
    heartbeat.note_beat(WORKER)
    assert WorkerHeartbeat.objects.exists()


def test_workers_long_gone_are_forgotten_when_one_starts():
    WorkerHeartbeat.objects.create(hostname="desk@old", seen_at=timezone.now() - timedelta(days=2))
    WorkerHeartbeat.objects.create(hostname="desk@down", seen_at=timezone.now() - timedelta(hours=2))
    heartbeat.note_ready(WORKER)
    assert sorted(WorkerHeartbeat.objects.values_list("hostname", flat=True)) == ["desk@down", "desk@here"]


def test_worker_signals_reach_the_table():
    worker_ready.send(sender=WORKER)
    assert WorkerHeartbeat.objects.get().hostname == "desk@here"
    WorkerHeartbeat.objects.all().delete()
    heartbeat._written = float("-inf")
    heartbeat_sent.send(sender=WORKER)
    assert WorkerHeartbeat.objects.get().hostname == "desk@here"
    worker_shutdown.send(sender=WORKER)
    assert not WorkerHeartbeat.objects.exists()


def test_a_living_worker_touches_its_file(settings, tmp_path):
    settings.WORKER_ALIVE_FILE = str(tmp_path / "alive")
    heartbeat.note_ready(WORKER)
    first = (tmp_path / "alive").stat().st_mtime_ns
    heartbeat.note_beat(WORKER)
    assert (tmp_path / "alive").stat().st_mtime_ns > first


def test_the_file_is_touched_also_while_the_database_is_away(settings, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """The worker lives: restarting it would not bring the database back."""

    def fail(**_fields: object) -> None:
        raise DatabaseError("gone")

    settings.WORKER_ALIVE_FILE = str(tmp_path / "alive")
    monkeypatch.setattr(WorkerHeartbeat.objects, "update_or_create", fail)
    heartbeat.note_beat(WORKER)
    assert (tmp_path / "alive").exists()
