"""Requests to stop, from the keyboard, from the system or from a vanished parent."""

import os
import signal
from types import FrameType
from typing import Self

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequests:
    """Counts the signals that ask to stop. The handlers only count: whatever runs ends at a point of its own choice."""

    def __init__(self, *, with_parent: bool = False) -> None:
        self.count = 0
        self._parent = os.getppid() if with_parent else None

    def __bool__(self) -> bool:
        return self.count > 0 or (self._parent is not None and os.getppid() != self._parent)

    def __enter__(self) -> Self:
        # A hang-up that is ignored at the start stays ignored: that is how `nohup` asks for it.
        ignored = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else set()
        heard = set(STOP_SIGNALS) - ignored
        self._before = {signum: signal.signal(signum, self._note) for signum in heard}
        return self

    def __exit__(self, *_: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    def _note(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002  the shape that signal.signal asks for
        self.count += 1
