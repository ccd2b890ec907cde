"""Looks at everything that a desk needs, and says of what is wrong what to do."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from annotator.domain.model_versions import active_version, checkpoint_directory
from annotator.domain.queries.queue import broker_reachable, worker_health
from annotator.enums import JobState
from annotator.exceptions import ModelUnavailable
from annotator.models import Job, ModelVersion
from ner_core.artifacts import ArtifactError, load_artifact

OK, WARNING, ERROR = "ok", "warning", "error"
LOW_BYTES, LOWEST_BYTES = 5 * 2**30, 2**30
CLOCK_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """`level`: ok, warning or error; `advice` says what to do, and is empty where all is well."""

    check: str
    level: str
    words: str
    advice: str = ""


def examine() -> Iterator[Finding]:
    """One finding or more for each check, in an order in which the first error may explain the later ones. Changes nothing."""
    yield from _settings()
    yield from _directories()
    database = list(_database())
    yield from database
    if all(finding.level != ERROR for finding in database):
        for check in (_clock, _models, _work):
            yield from check()
    yield from _broker()


def _settings() -> Iterator[Finding]:
    found = [message for message in checks.run_checks() if not message.is_silenced()]
    for message in found:
        level = ERROR if message.level >= checks.ERROR else WARNING
        yield Finding("settings", level, f"{message.msg} ({message.id})", message.hint or "")
    if not found:
        yield Finding("settings", OK, "nothing contradicts")


def _directories() -> Iterator[Finding]:
    for name in ("VAR_DIR", "MODELS_DIR"):
        yield _directory(name, Path(getattr(settings, name)))


def _directory(name: str, directory: Path) -> Finding:
    check = f"directory {name}"
    existing = next(place for place in (directory, *directory.parents) if place.exists())
    try:
        probe = existing / ".lineup-doctor"
        probe.write_bytes(b"")
        probe.unlink()
        free = shutil.disk_usage(existing).free
    except OSError as error:
        advice = f"Let the user that runs the desk write to {directory}, or set {name}."
        return Finding(check, ERROR, f"{existing}: {error.strerror}", advice)
    words = f"{directory}: {free / 2**30:.1f} GB free"
    if free < LOW_BYTES:
        advice = "Make room: finished exports, old backups and models that are not used may go."
        return Finding(check, ERROR if free < LOWEST_BYTES else WARNING, words, advice)
    return Finding(check, OK, words)


def _database() -> Iterator[Finding]:
    where = connection.vendor
    try:
        connection.ensure_connection()
        missing = _unapplied()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        yield Finding("database", ERROR, f"{where} does not answer: {reason}", "Start it, or correct DATABASE_URL.")
        return
    yield Finding("database", OK, f"{where} answers")
    if missing:
        words = f"{len(missing)} migrations are missing, the first is {missing[0]}"
        yield Finding(
            "migrations", ERROR, words, "Run manage.py prepare, with the desk stopped or as docs/upgrading.md says."
        )
    else:
        yield Finding("migrations", OK, "all applied")
    if where == "sqlite":
        yield _sqlite()


def _unapplied() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _sqlite() -> Finding:
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        found = cursor.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        return Finding("database file", ERROR, found, "Stop the desk and restore the last backup (manage.py restore).")
    if mode != "wal":
        advice = "Put the file on a local disk: readers and writers wait for each other without WAL."
        return Finding("database file", WARNING, f"journal mode is {mode}", advice)
    return Finding("database file", OK, "sound, in WAL mode")


def _clock() -> Iterator[Finding]:
    """Leases and tokens compare times of several machines."""
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (theirs,) = cursor.fetchone()
    apart = abs((timezone.now() - theirs).total_seconds())
    if apart > CLOCK_SECONDS:
        advice = "Let both machines keep time by NTP: leases and tokens end too early or too late."
        yield Finding("clock", ERROR, f"this machine and the database are {apart:.0f} s apart", advice)
    else:
        yield Finding("clock", OK, "as the database's")


def _models() -> Iterator[Finding]:
    active = active_version()
    if active is None:
        yield Finding(
            "model", ERROR, "no model version is active", "Run manage.py prepare, or manage.py models promote NAME."
        )
    for version in ModelVersion.objects.order_by("pk"):
        yield _model(version, is_active=version == active)


def _model(version: ModelVersion, *, is_active: bool) -> Finding:
    """Reads the whole checkpoint and holds it against its hashes."""
    check, level = f"model {version.name}", ERROR if is_active else WARNING
    try:
        artifact = load_artifact(checkpoint_directory(version), verify=True)
    except (ArtifactError, ModelUnavailable) as error:
        advice = "Put its files back from a backup" + (
            ", or manage.py models rollback." if is_active else ", or remove it."
        )
        return Finding(check, level, f"{error} ({error.code})", advice)
    if artifact.version != version.name:
        words = f"its directory holds {artifact.version}"
        return Finding(check, level, words, "Put its files back from a backup, or add that checkpoint by itself.")
    return Finding(check, OK, "active, as its hashes say" if is_active else "as its hashes say")


def _work() -> Iterator[Finding]:
    health = worker_health()
    if not health.any_alive:
        advice = (
            "Start it: make run, or the worker of docker-compose.yml. Until then nothing is tagged; nothing is lost."
        )
        yield Finding("worker", ERROR, "none gave a sign of life lately", advice)
    else:
        alive = [worker.hostname for worker in health.workers if worker.alive]
        yield Finding("worker", OK, ", ".join(alive))
    if health.untagged_late:
        words = f"{health.untagged_late:,} titles have waited for over a minute to be tagged"
        yield Finding(
            "work", WARNING, words, "More workers (WORKER_CONCURRENCY, or more machines) if that number grows."
        )
    lost = _lost_jobs()
    if lost:
        advice = "Beat sends them again every RECOVERY_SECONDS: if this stays, look whether it runs."
        yield Finding("jobs", WARNING, f"{lost} jobs wait for a message that was lost", advice)
    if not health.untagged_late and not lost:
        yield Finding("work", OK, "nothing waits too long")


def _lost_jobs() -> int:
    """Those that beat should have sent again some time ago."""
    quiet, silent = timedelta(seconds=settings.RECOVERY_SECONDS), timedelta(seconds=settings.JOB_SILENT_SECONDS)
    now = timezone.now()
    queued = Job.objects.filter(state=JobState.QUEUED, touched_at__lt=now - 3 * quiet)
    running = Job.objects.filter(state=JobState.RUNNING, touched_at__lt=now - silent - 3 * quiet)
    return queued.count() + running.count()


def _broker() -> Iterator[Finding]:
    if broker_reachable():
        yield Finding("broker", OK, "answers")
    else:
        advice = "Start it, or correct REDIS_URL. make run starts one by itself."
        yield Finding("broker", ERROR, "does not answer", advice)
