"""What a tool takes of the machine while it works: memory, and seconds of a core, which hardly depend on what else runs."""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from tests.bench.start_and_size import size_of
from tests.faults.desk import descendants

SECONDS = 2


class MemoryWatch(threading.Thread):
    """Looks every two seconds at all processes below `roots()`, what they share counted once; `largest`: megabytes."""

    def __init__(self, roots: Callable[[], list[int]]) -> None:
        super().__init__(daemon=True)
        self.roots, self.largest, self.ended = roots, 0.0, threading.Event()

    def __enter__(self) -> "MemoryWatch":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ended.set()
        self.join()

    def run(self) -> None:
        while not self.ended.wait(SECONDS):
            self.look()

    def look(self) -> float:
        """Now; 0 where a process ended while we looked."""
        try:
            now = sum(size_of(pid).proportional for pid in self.roots())
        except (FileNotFoundError, ProcessLookupError):
            return 0.0
        self.largest = max(self.largest, now)
        return now


def core_seconds(roots: list[int]) -> float:
    """What all processes below `roots` have used since they began, and our own children that have ended, such as commands."""
    ended = os.times()
    living = sum(_used(pid) for root in roots for pid in (root, *descendants(root)))
    return living + ended.children_user + ended.children_system


def _used(pid: int) -> float:
    """User and system time, its own and that of children it has waited for."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended: its parent counts it
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0
