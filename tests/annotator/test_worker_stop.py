"""A worker that is asked to stop sends itself a QUIT in time: then Celery puts unfinished tasks back into the queue."""

import os
import signal
import threading
import time

import pytest
from celery.signals import worker_shutting_down

from annotator import worker_stop
from tests.processes import wait_until


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    signals: list[tuple[int, int]] = []
    monkeypatch.setattr(worker_stop.os, "kill", lambda pid, signum: signals.append((pid, signum)))
    return signals


def test_a_warm_stop_ends_in_time(settings, sent):
    settings.WORKER_STOP_SECONDS = 0.05
    worker_shutting_down.send(sender="tag@here", sig="SIGTERM", how="Warm", exitcode=0)
    wait_until(lambda: sent, seconds=5)
    assert sent == [(os.getpid(), signal.SIGQUIT)]


@pytest.mark.parametrize(("how", "seconds"), [("Warm", 0), ("Cold", 0.05)])
def test_without_a_limit_or_when_it_ends_at_once_anyway_nothing_is_sent(settings, sent, how, seconds):
    settings.WORKER_STOP_SECONDS = seconds
    worker_shutting_down.send(sender="tag@here", sig="SIGQUIT", how=how, exitcode=0)
    time.sleep(0.2)
    assert sent == []


def test_a_worker_that_is_done_earlier_does_not_wait(settings, sent):
    settings.WORKER_STOP_SECONDS = 60
    worker_stop.give_back_after_a_while(how="Warm")
    (timer,) = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    assert timer.daemon
    timer.cancel()
