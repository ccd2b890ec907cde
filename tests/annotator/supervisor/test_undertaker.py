import signal
import subprocess
import sys

import pytest

from annotator.supervisor.children import start_undertaker
from annotator.supervisor.locks import FileLock, note_groups

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def lock(tmp_path):
    lock = FileLock(tmp_path / "children.lock")
    yield lock
    lock.close()


@pytest.fixture
def group():
    """A process that leads a group of its own and is deaf to polite signals."""
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); " + SLEEP
    process = subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_undertaker_kills_the_noted_groups_when_its_input_closes(lock, group):
    undertaker = start_undertaker(lock)
    note_groups(lock, [group.pid])
    undertaker.communicate(timeout=10)
    assert group.wait(timeout=10) == -signal.SIGKILL


def test_undertaker_outlives_what_stops_its_supervisor(lock, group):
    note_groups(lock, [group.pid])
    undertaker = start_undertaker(lock)
    with pytest.raises(subprocess.TimeoutExpired):
        undertaker.wait(timeout=0.5)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        undertaker.send_signal(signum)
    with pytest.raises(subprocess.TimeoutExpired):
        undertaker.wait(timeout=0.2)
    assert group.poll() is None
    undertaker.communicate(timeout=10)
    assert group.wait(timeout=10) == -signal.SIGKILL


@pytest.mark.parametrize("groups", [None, []])
def test_undertaker_has_nothing_to_do_after_an_orderly_end(lock, groups):
    if groups is not None:
        note_groups(lock, groups)
    undertaker = start_undertaker(lock)
    undertaker.communicate(timeout=10)
    assert undertaker.returncode == 0


def test_undertaker_accepts_groups_that_are_gone(lock):
    gone = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    gone.wait()
    note_groups(lock, [gone.pid])
    undertaker = start_undertaker(lock)
    undertaker.communicate(timeout=10)
    assert undertaker.returncode == 0
