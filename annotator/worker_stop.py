"""A worker that is asked to stop lets its tasks end for a while, then gives them back to the queue, before somebody kills it."""

import os
import signal
import threading
from typing import Any

from celery.signals import worker_shutting_down
from django.conf import settings


@worker_shutting_down.connect
def give_back_after_a_while(how: str, **kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    """On QUIT Celery puts unfinished tasks back into the queue; on TERM alone it waits for them however long they take."""
    if how != "Warm" or not settings.WORKER_STOP_SECONDS:
        return
    timer = threading.Timer(settings.WORKER_STOP_SECONDS, os.kill, (os.getpid(), signal.SIGQUIT))
    timer.daemon = True  # a worker that is done earlier does not wait for it
    timer.start()
