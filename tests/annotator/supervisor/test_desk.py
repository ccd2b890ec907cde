"""The supervisor outlives whatever happens to its children."""

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import Celery

from annotator.supervisor import desk


def leave_a_dead_socket(path: Path) -> None:
    """What a killed broker leaves: a file that nobody listens on."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize("is_left", [False, True])
def test_a_worker_waits_while_the_broker_is_being_started(settings, monkeypatch, tmp_path, is_left):
    """Both were killed at once."""
    settings.REDIS_URL = ""
    path = tmp_path / "b.sock"
    if is_left:
        leave_a_dead_socket(path)
    with Celery(broker=f"redis+socket://{path}", set_as_current=False) as app:
        monkeypatch.setattr(desk, "app", app)
        assert desk.Desk._restore_lost_work(SimpleNamespace()) is False
