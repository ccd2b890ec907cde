"""One readable screen for several processes."""

import contextlib
import os
import sys
import threading
from datetime import datetime
from typing import BinaryIO, TextIO

COLOURS = {"desk": "1", "broker": "33", "worker": "36", "web": "35"}
NAME_WIDTH = max(map(len, COLOURS))


class Console:
    """Writes whole lines: time, name of the process in its colour, text. Safe to call from several threads."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()

    def write(self, name: str, text: str) -> None:
        prefix = f"{datetime.now().astimezone():%H:%M:%S} {name:<{NAME_WIDTH}}"
        if self._coloured:
            prefix = f"\x1b[{COLOURS.get(name, '0')}m{prefix}\x1b[0m"
        # A terminal that was closed, or a reader such as `head` that left, must not stop the desk.
        with self._lock, contextlib.suppress(OSError):
            for line in filter(None, map(str.rstrip, text.splitlines())):
                self._stream.write(f"{prefix} | {line}\n")
            self._stream.flush()

    def follow(self, name: str, pipe: BinaryIO) -> threading.Thread:
        """Passes on every line of `pipe` until its last writer is gone."""
        thread = threading.Thread(target=self._pass_on, args=(name, pipe), name=f"log of {name}", daemon=True)
        thread.start()
        return thread

    def _pass_on(self, name: str, pipe: BinaryIO) -> None:
        with pipe:
            for line in pipe:
                self.write(name, line.decode("utf8", errors="replace"))
