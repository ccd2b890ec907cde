"""Workers leave a sign of life: in the database, for the pages that say when none is up, and in a file, for health checks of containers."""

import logging
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from annotator.models import WorkerHeartbeat

WRITE_SECONDS = 10.0
KEEP = timedelta(days=1)

logger = logging.getLogger(__name__)
_written = float("-inf")


@worker_ready.connect
def note_ready(sender: Any, **kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    touch_alive_file()
    note_heartbeat(sender.hostname)
    forget_long_gone()


@heartbeat_sent.connect
def note_beat(sender: Any, **kwargs: Any) -> None:  # noqa: ARG001  Celery's signature
    touch_alive_file()
    note_heartbeat(sender.eventer.hostname)


def touch_alive_file() -> None:
    """Its age costs a health check thirty milliseconds; asking the worker through the broker costs two seconds of a processor."""
    if settings.WORKER_ALIVE_FILE:
        Path(settings.WORKER_ALIVE_FILE).touch()


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
