"""Workers leave a sign of life in the database, so that every page can say when none is up."""

import logging
import time
from datetime import timedelta
from typing import Any

from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from annotator.models import WorkerHeartbeat

WRITE_SECONDS = 10.0
KEEP = timedelta(days=1)

logger = logging.getLogger(__name__)
_written = float("-inf")


@worker_ready.connect
def note_ready(sender: Any, **kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    note_heartbeat(sender.hostname)
    forget_long_gone()


@heartbeat_sent.connect
def note_beat(sender: Any, **kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    note_heartbeat(sender.eventer.hostname)


@worker_shutdown.connect
def forget_worker(sender: Any, **kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    WorkerHeartbeat.objects.filter(hostname=sender.hostname).delete()


def forget_long_gone() -> None:
    """Containers bring a new name with every start; those that were killed stay on the pages for a day."""
    WorkerHeartbeat.objects.filter(seen_at__lt=timezone.now() - KEEP).delete()


def note_heartbeat(hostname: str) -> None:
    """At most every WRITE_SECONDS. A database that is away for a while costs a sign of life, not the worker."""
    global _written  # noqa: PLW0603  one per process
    if time.monotonic() - _written < WRITE_SECONDS:
        return
    try:
        close_old_connections()
        WorkerHeartbeat.objects.update_or_create(hostname=hostname, defaults={"seen_at": timezone.now()})
    except DatabaseError as error:
        logger.warning("No sign of life could be written: %s", error)
    else:
        _written = time.monotonic()
