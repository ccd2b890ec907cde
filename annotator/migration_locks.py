"""Migrations of a live PostgreSQL: one at a time, and none that makes everybody wait behind it for a lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, connections

_ONE_AT_A_TIME = 0x6C696E65_75705F6D  # "lineup_m": any number that nothing else in this database uses


def limit_lock_wait(*, using: str = "default", **_signal: object) -> None:
    """A statement that waits for a lock holds up all who come after it. Receives pre_migrate."""
    _set_lock_timeout(using, f"{round(settings.MIGRATE_LOCK_SECONDS * 1000)}ms")


def unlimit_lock_wait(*, using: str = "default", **_signal: object) -> None:
    """Receives post_migrate: the connection goes on to serve."""
    _set_lock_timeout(using, "DEFAULT")


@contextmanager
def alone() -> Iterator[None]:
    """Waits while another process is inside, so that two that prepare the same database do it one after the other."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ONE_AT_A_TIME])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_ONE_AT_A_TIME])


def is_lock_timeout(error: Exception) -> bool:
    """Whether a statement was ended by the time limit of limit_lock_wait."""
    cause: Any = error.__cause__
    return getattr(cause, "sqlstate", None) == "55P03"  # lock_not_available


def _set_lock_timeout(using: str, value: str) -> None:
    if connections[using].vendor != "postgresql":
        return
    with connections[using].cursor() as cursor:
        cursor.execute("SET lock_timeout = DEFAULT" if value == "DEFAULT" else f"SET lock_timeout = '{value}'")
