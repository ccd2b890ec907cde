"""A worker that also keeps the schedule (`--beat`) does so in a process of its own, and Celery does not notice when that one dies."""

import logging
import os
import signal
from typing import Any

from celery.signals import heartbeat_sent, worker_ready

logger = logging.getLogger(__name__)
_beat: Any = None


@worker_ready.connect
def remember_beat(sender: Any, **kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    global _beat  # noqa: PLW0603  one per process
    _beat = getattr(sender.controller, "beat", None)  # False without --beat


@heartbeat_sent.connect
def end_without_beat(**kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    """Without it lost work is never looked for. The worker gives its tasks back and ends; whoever runs it starts it again."""
    global _beat  # noqa: PLW0603  one per process
    if _beat and not _beat.is_alive():
        _beat = None  # a second signal would hurry what gives tasks back
        logger.error("The process that keeps the schedule is gone: this worker ends, to be started again")
        os.kill(os.getpid(), signal.SIGQUIT)
