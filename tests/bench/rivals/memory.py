"""How much memory a tool takes while it works."""

import threading
from collections.abc import Callable

from tests.bench.start_and_size import size_of

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
