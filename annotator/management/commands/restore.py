"""`manage.py restore FILE`: what `manage.py backup` wrote takes the place of this desk."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.domain.backups import Manifest, check_backup, restore_backup
from annotator.exceptions import InvalidBackup


class Command(BaseCommand):
    help = "Puts a backup in the place of this desk, which must be stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what `manage.py backup` wrote")
        parser.add_argument("--force", action="store_true", help="replace a desk that has titles or people")
        parser.add_argument(
            "--check", action="store_true", help="only load it in a scratch place and count its rows; changes nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            if options["check"]:
                self._tell(check_backup(path), "is whole")
            else:
                self._tell(restore_backup(path, force=options["force"], on_progress=self.stderr.write), "is restored")
        except InvalidBackup as error:
            raise CommandError(f"{error.message} ({error.code})") from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error

    def _tell(self, manifest: Manifest, what: str) -> None:
        counts = manifest.counts
        self.stdout.write(
            f"The backup of {manifest.made_at[:16]} {what}: {counts.get('annotator_title', 0):,} titles, "
            f"{counts.get('annotator_annotation', 0):,} settled, {counts.get('annotator_verdict', 0):,} verdicts, "
            f"{counts.get('annotator_artist', 0):,} artists, {len(manifest.files)} files."
        )
