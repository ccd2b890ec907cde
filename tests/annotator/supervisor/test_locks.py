import os
import signal
import subprocess
import sys

import pytest

from annotator.supervisor import locks

HOLD = "import time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def start_holder():
    """Starts a process, in a session of its own, that inherits a lock and outlives its maker, like an orphaned child."""
    holders = []

    def start(lock):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD], pass_fds=[lock.fd], start_new_session=True, stdout=subprocess.PIPE
        )
        holders.append(process)
        process.stdout.readline()
        return process

    yield start
    for process in holders:
        process.kill()
        process.wait()
        process.stdout.close()


def test_acquire_is_refused_while_another_holds_it(tmp_path):
    first, second = (locks.FileLock(tmp_path / "desk.lock") for _ in range(2))
    assert first.acquire()
    assert not second.acquire()
    first.note("http://127.0.0.1:8000/, process 12345")
    first.note("short")
    assert second.read_note() == "short"
    first.close()
    assert second.acquire()
    second.close()


def test_acquire_from_orphans_waits_for_those_that_end_by_themselves(tmp_path, start_holder):
    earlier, later = (locks.FileLock(tmp_path / "children.lock") for _ in range(2))
    earlier.acquire()
    orphan = start_holder(earlier)
    locks.note_groups(earlier, [orphan.pid])
    earlier.close()
    orphan.terminate()
    assert locks.acquire_from_orphans(later, patience=5) == []
    later.close()


def test_acquire_from_orphans_kills_those_that_stay(tmp_path, start_holder):
    earlier, later = (locks.FileLock(tmp_path / "children.lock") for _ in range(2))
    earlier.acquire()
    orphan = start_holder(earlier)
    locks.note_groups(earlier, [orphan.pid])
    earlier.close()
    assert locks.acquire_from_orphans(later, patience=0.1) == [orphan.pid]
    assert orphan.wait(timeout=5) == -signal.SIGKILL
    later.close()


def test_acquire_from_orphans_leaves_alone_a_number_that_was_given_to_another_process(
    tmp_path, start_holder, monkeypatch
):
    earlier, later = (locks.FileLock(tmp_path / "children.lock") for _ in range(2))
    earlier.acquire()
    orphan = start_holder(earlier)
    bystander = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.DEVNULL)
    locks.note_groups(earlier, [orphan.pid, bystander.pid])
    earlier.close()
    assert locks.acquire_from_orphans(later, patience=0.1) == [orphan.pid]
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    later.close()


def test_acquire_from_orphans_says_when_it_cannot(tmp_path, start_holder, monkeypatch):
    monkeypatch.setattr(locks, "KILL_PATIENCE", 0.1)
    earlier, later = (locks.FileLock(tmp_path / "children.lock") for _ in range(2))
    earlier.acquire()
    start_holder(earlier)
    earlier.close()
    with pytest.raises(TimeoutError):
        locks.acquire_from_orphans(later, patience=0.1)
    later.close()


def test_kill_group_accepts_a_group_that_is_gone():
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()
    locks.kill_group(process.pid)
    assert process.returncode == 0


def test_lock_is_not_inherited_by_accident(tmp_path):
    lock = locks.FileLock(tmp_path / "desk.lock")
    assert not os.get_inheritable(lock.fd)
    lock.close()
