"""Two locks in VAR_DIR. The kernel drops them with their last holder, so that neither can be left behind by a crash.

desk.lock      held by the supervisor alone: a second one refuses to start.
children.lock  held by the supervisor and inherited by every child: when a supervisor gets it, nothing of an earlier one lives.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

KILL_PATIENCE = 5.0  # seconds


class FileLock:
    """An flock. Keep the object: the lock ends with it, or with the last process that inherited `fd`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def acquire(self, *, patience: float = 0.0) -> bool:
        """Whether the lock is ours now; waits up to `patience` seconds for it."""
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.05)
            else:
                return True

    def note(self, text: str) -> None:
        """Leaves `text` in the file for whoever finds the lock taken."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, text.encode(), 0)

    def read_note(self) -> str:
        return os.pread(self.fd, 1000, 0).decode(errors="replace")

    def close(self) -> None:
        os.close(self.fd)


def acquire_from_orphans(lock: FileLock, *, patience: float) -> list[int]:
    """Takes children.lock. Children of a killed supervisor get `patience` seconds to end by themselves, then are killed.

    Returns the process groups that had to be killed. Raises TimeoutError when something still holds the lock.
    """
    if lock.acquire(patience=patience):
        return []
    # The lock proves that some of the noted groups live; being a session leader shows that a number was not given away since.
    killed = [group for group in read_groups(lock) if _leads_session(group)]
    for group in killed:
        kill_group(group)
    if not lock.acquire(patience=KILL_PATIENCE):
        message = "Processes of an earlier run are still alive and could not be ended."
        raise TimeoutError(message)
    return killed


def note_groups(lock: FileLock, groups: Iterable[int]) -> None:
    lock.note(json.dumps(sorted(groups)))


def read_groups(lock: FileLock) -> list[int]:
    text = lock.read_note()
    return json.loads(text) if text else []


def kill_group(group: int, signum: signal.Signals = signal.SIGKILL) -> None:
    """Signals all that is left of a process group; nothing left is fine (macOS answers EPERM for one of zombies)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signum)


def _leads_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False
