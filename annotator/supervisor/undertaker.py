"""Ends the children of a supervisor that was killed: python undertaker.py LOCK_FILE

Waits until its standard input closes, which happens however the supervisor ends, then kills the process groups that children.lock names.
Killed, not asked: their broker goes at the same moment, and a Celery worker that is asked to stop without one waits for it for ever.
A script of the standard library alone, so that it costs few milliseconds and little memory.
"""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)  # it ends when the supervisor has ended, not before
    sys.stdin.buffer.read()
    for group in json.loads(Path(sys.argv[1]).read_text(encoding="ascii") or "[]"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
