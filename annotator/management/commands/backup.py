"""`manage.py backup [PATH]`: the desk in one file, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from annotator.domain.backups import check_backup, write_backup
from annotator.exceptions import InvalidBackup


class Command(BaseCommand):
    help = "Writes database, model files, snapshots, uploads and exports into one file, while the desk runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, metavar="PATH", help="a file, or a directory (default: VAR_DIR/backups)"
        )
        parser.add_argument(
            "--check", action="store_true", help="load the backup in a scratch place afterwards and count its rows"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = backup_path(options["path"] or Path(settings.VAR_DIR) / "backups")
        try:
            manifest = write_backup(path)
            if options["check"]:
                check_backup(path)
        except InvalidBackup as error:
            raise CommandError(f"{error.message} ({error.code})") from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        checked = ", checked" if options["check"] else ""
        self.stderr.write(f"{sum(manifest.counts.values()):,} rows and {len(manifest.files)} files{checked}")
        self.stdout.write(str(path))


def backup_path(wanted: Path) -> Path:
    """The file itself, or one named after the moment in a directory, which is made where the name has no ending."""
    if wanted.is_dir() or not wanted.suffix:
        return wanted / f"lineup-{timezone.now():%Y%m%d-%H%M%S}.tar"
    return wanted
