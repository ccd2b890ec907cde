"""The file of a backup: a tar with the database, what the desk keeps in directories, and at its end a manifest with all hashes."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.backups.databases import database_kind
from annotator.domain.files import partial_file, publish
from annotator.exceptions import InvalidBackup

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """`migrations`: "app.name" of all that were applied; `counts`: rows by table at that moment; `files`: path in the tar -> SHA-256."""

    format: int
    made_at: str
    database: str
    migrations: list[str]
    counts: dict[str, int]
    files: dict[str, str]


def kept_directories() -> dict[str, Path]:
    """Name in the tar -> where the desk keeps it."""
    return {
        "models": Path(settings.MODELS_DIR),
        "snapshots": Path(settings.SNAPSHOTS_DIR),
        "uploads": Path(settings.UPLOADS_DIR),
        "exports": Path(settings.EXPORTS_DIR),
    }


def write_backup(path: Path, *, on_progress: Callable[[str], object] | None = None) -> Manifest:
    """Writes `path` while the desk runs; it appears when it is whole, replaces nothing, and only its owner can read it.

    The database as it is at one moment; then the files, which are there before a row names them and never change. Raises InvalidBackup
    (codes backup_exists, database_tool_missing, database_tool_failed).
    """
    if path.exists():
        raise InvalidBackup(_("%(path)s is there already.") % {"path": path}, code="backup_exists")
    files: dict[str, str] = {}
    with partial_file(path.parent) as file, TemporaryDirectory(dir=path.parent, prefix=".lineup-backup-") as scratch:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            dump = Path(scratch) / DATABASE
            kind = database_kind(connection)
            migrations, counts = kind.dump(dump)
            for source, name in [(dump, DATABASE), *_kept_files()]:
                if on_progress:
                    on_progress(name)
                _add(tar, source, name, files)
            manifest = Manifest(FORMAT, timezone.now().isoformat(), kind.name, migrations, counts, files)
            _add_text(tar, MANIFEST, json.dumps(asdict(manifest), indent=1))
        publish(file, path)
        path.chmod(0o600)
    return manifest


def _kept_files() -> Iterator[tuple[Path, str]]:
    """Without what is being written (hidden names) and links."""
    for name, directory in kept_directories().items():
        for path in sorted(directory.rglob("*")):
            inside = path.relative_to(directory)
            if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in inside.parts):
                yield path, f"{name}/{inside.as_posix()}"


def _add(tar: tarfile.TarFile, source: Path, name: str, files: dict[str, str]) -> None:
    """A file that was removed meanwhile is left out, as if the backup had begun later."""
    try:
        file = source.open("rb")
    except FileNotFoundError:
        return
    with file:
        info = tar.gettarinfo(arcname=name, fileobj=file)
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        hashed = HashedReader(file)
        tar.addfile(info, hashed)
        files[name] = hashed.digest.hexdigest()


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(text.encode())
    tar.addfile(info, io.BytesIO(text.encode()))


class HashedReader:
    """Reads a file and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.digest.update(block)
        return block


def read_manifest(path: Path) -> Manifest:
    """Raises InvalidBackup (codes not_a_backup, backup_too_new)."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            member = tar.extractfile(MANIFEST)
            told = json.load(member) if member else {}
        manifest = Manifest(**told)
    except (tarfile.TarError, KeyError, TypeError, ValueError, RecursionError, OSError) as error:
        message = _("%(path)s is no backup of Lineup Desk, or not whole: %(reason)s")
        raise InvalidBackup(message % {"path": path, "reason": error}, code="not_a_backup") from error
    if manifest.format > FORMAT:
        raise InvalidBackup(_("This backup was made by a newer version of Lineup Desk."), code="backup_too_new")
    return manifest


def unpack(path: Path, manifest: Manifest, target: Path) -> None:
    """Unpacks into the empty directory `target`. Raises InvalidBackup (code backup_corrupt) unless every file is there as it was."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(path, mode="r:") as tar:
            for member in tar:
                if member.name != MANIFEST:
                    found[member.name] = _unpack_one(tar, member, target)
    except (tarfile.TarError, OSError) as error:
        raise InvalidBackup(str(error), code="backup_corrupt") from error
    wrong = sorted(name for name in manifest.files.keys() | found.keys() if manifest.files.get(name) != found.get(name))
    if wrong:
        message = _("%(count)d files of the backup are not as they were, the first is %(name)s.")
        raise InvalidBackup(message % {"count": len(wrong), "name": wrong[0]}, code="backup_corrupt")


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> str:
    """The SHA-256. The filter refuses what would leave the directory, and anything but files."""
    safe = tarfile.data_filter(member, str(target))
    if not safe.isreg():
        raise tarfile.TarError(member.name)
    place = target / safe.name
    place.parent.mkdir(parents=True, exist_ok=True)
    source = HashedReader(tar.extractfile(member))
    with place.open("wb") as file:
        while block := source.read(_BLOCK):
            file.write(block)
    return source.digest.hexdigest()


def known_migrations() -> set[str]:
    """All that this version of the desk has."""
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415  reads all apps: only when asked

    return {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def refuse_newer(manifest: Manifest) -> None:
    """Raises InvalidBackup (code backup_too_new) where this version would not understand the tables."""
    unknown = sorted(set(manifest.migrations) - known_migrations())
    if unknown:
        message = _("The backup was made by a newer version of Lineup Desk: it has %(name)s. Upgrade first.")
        raise InvalidBackup(message % {"name": unknown[0]}, code="backup_too_new")
