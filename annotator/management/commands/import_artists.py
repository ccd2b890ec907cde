"""`manage.py import_artists FILE`: artists from CSV, JSONL or a MusicBrainz dump."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotator.domain.artist_files import ImportCount, import_artists
from annotator.domain.artist_readers import MUSICBRAINZ, read_artists
from annotator.domain.lines import printable
from annotator.domain.rejects import rejects_file
from annotator.exceptions import InvalidFile


class Command(BaseCommand):
    help = "Imports artists. The same file again adds nothing; run again after a kill, it finishes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a table with a header, or one JSON object a line")
        parser.add_argument(
            "--format",
            choices=["csv", "jsonl", MUSICBRAINZ],
            help="default: by the file's ending; musicbrainz: mbdump/artist",
        )
        parser.add_argument(
            "--rejects",
            type=Path,
            metavar="PATH",
            help="where rejected rows go (default: FILE.rejects.csv, beside FILE)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        rejects: Path = options["rejects"] or path.with_name(f"{path.name}.rejects.csv")
        if rejects.resolve() == path.resolve():
            raise CommandError("--rejects names the file that is read")
        try:
            with path.open("rb") as file:
                count = self._import(file, path, rejects, options["format"] or path.suffix.lower().removeprefix("."))
        except InvalidFile as error:
            raise CommandError(f"{path}: {error.message}") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. The same command finishes it.", returncode=130) from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        where = f" (see {printable(str(rejects))})" if count.rejected else ""
        self.stdout.write(
            f"{printable(path.name)}: {count.read} rows read, {count.new} new artists, {count.known} known, "
            f"{count.rejected} rejected{where}"
        )

    def _import(self, file: BinaryIO, path: Path, rejects: Path, kind: str) -> ImportCount:
        with (
            rejects_file(rejects) as reject,
            tqdm(total=path.stat().st_size, unit="B", unit_scale=True, desc=path.name, file=sys.stderr) as bar,
        ):
            rows = read_artists(file, kind)
            return import_artists(rows, on_reject=reject, on_progress=lambda _read: bar.update(file.tell() - bar.n))
