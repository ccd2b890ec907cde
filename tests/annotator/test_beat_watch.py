"""A worker whose process for the schedule has died ends, so that it is started again as a whole."""

import os
import signal
from types import SimpleNamespace

import pytest

from annotator import beat_watch


def worker(beat: object) -> SimpleNamespace:
    return SimpleNamespace(controller=SimpleNamespace(beat=beat))


@pytest.mark.parametrize(
    ("beat", "sent"),
    [
        (SimpleNamespace(is_alive=lambda: False), [signal.SIGQUIT]),
        (SimpleNamespace(is_alive=lambda: True), []),
        (False, []),  # without --beat
    ],
)
def test_a_worker_ends_when_its_beat_is_dead(monkeypatch: pytest.MonkeyPatch, beat: object, sent: list[signal.Signals]):
    signals: list[tuple[int, int]] = []
    monkeypatch.setattr(beat_watch.os, "kill", lambda pid, signum: signals.append((pid, signum)))
    monkeypatch.setattr(beat_watch, "_beat", None)
    beat_watch.remember_beat(sender=worker(beat))
    for _ in range(2):
        beat_watch.end_without_beat()
    assert signals == [(os.getpid(), signum) for signum in sent]
