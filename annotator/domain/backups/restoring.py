"""A backup takes the place of a desk."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.domain.backups.archive import DATABASE, Manifest, kept_directories, read_manifest, refuse_newer, unpack
from annotator.domain.backups.databases import database_kind
from annotator.enums import AuditAction
from annotator.exceptions import InvalidBackup
from annotator.models import Title, User, WorkerHeartbeat

ALIVE = timedelta(seconds=30)
SCRATCH = ".lineup-restore-"


def check_backup(path: Path) -> Manifest:
    """Unpacks and loads the backup in a scratch place, and holds it against its manifest. Changes nothing. Raises InvalidBackup."""
    manifest = read_manifest(path)
    _refuse_other_database(manifest)
    with TemporaryDirectory(dir=path.parent, prefix=SCRATCH) as scratch:
        unpack(path, manifest, Path(scratch))
        counts = database_kind(connection).check(Path(scratch) / DATABASE)
    wrong = sorted(table for table, count in manifest.counts.items() if counts.get(table, count) != count)
    if wrong:
        message = _("The table %(table)s has not as many rows as when the backup was made.") % {"table": wrong[0]}
        raise InvalidBackup(message, code="backup_corrupt")
    return manifest


def restore_backup(path: Path, *, force: bool = False, on_progress: Callable[[str], object] | None = None) -> Manifest:
    """Files first, beside those that are there; then the database in one step; then migrations that it lacks.

    Killed anywhere it leaves the old desk or the new one, and may be run again. Refuses a desk that has titles or people (code
    desk_not_empty) unless `force`, and one with a worker at work (desk_running). Raises InvalidBackup.
    """
    say = on_progress or (lambda _step: None)
    manifest = read_manifest(path)
    _refuse_other_database(manifest)
    refuse_newer(manifest)
    _refuse_desk_in_use(force=force)
    Path(settings.VAR_DIR).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.VAR_DIR, prefix=SCRATCH) as scratch:
        say("Unpacking and checking")
        unpack(path, manifest, Path(scratch))
        say("Files")
        for name, directory in kept_directories().items():
            _put_in_place(Path(scratch) / name, directory)
        say("Database")
        database_kind(connection).load(Path(scratch) / DATABASE)
    say("Migrations")
    call_command("migrate", interactive=False, verbosity=0)
    WorkerHeartbeat.objects.all().delete()  # those of the desk that was backed up
    record(AuditAction.DESK_RESTORED, actor=None, made_at=manifest.made_at)
    return manifest


def _put_in_place(source: Path, target: Path) -> None:
    """File by file, each in one step; what else is there stays."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            _move(path, place)


def _move(path: Path, place: Path) -> None:
    """Another file system, as MODELS_DIR may be, takes a copy beside the place first."""
    beside = place.with_name(f".{place.name}.restored")
    shutil.move(path, beside)
    beside.replace(place)


def _refuse_other_database(manifest: Manifest) -> None:
    kind = database_kind(connection)
    if manifest.database != kind.name:
        message = _("The backup is of %(theirs)s, and this desk runs on %(ours)s.")
        raise InvalidBackup(message % {"theirs": manifest.database, "ours": kind.name}, code="other_database")


def _refuse_desk_in_use(*, force: bool) -> None:
    try:
        is_running = WorkerHeartbeat.objects.filter(seen_at__gte=timezone.now() - ALIVE).exists()
        is_filled = Title.objects.exists() or User.objects.exists()
    except DatabaseError:  # no tables yet
        connection.close()
        return
    if is_running:
        raise InvalidBackup(_("A worker is at work. Stop the desk first."), code="desk_running")
    if is_filled and not force:
        message = _("This desk has titles or people, which the backup would replace. Add --force if that is meant.")
        raise InvalidBackup(message, code="desk_not_empty")
