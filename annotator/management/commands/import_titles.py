"""`manage.py import_titles FILE`: titles from a .txt, .csv or .jsonl file."""

import hashlib
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotator import jobs
from annotator.domain.ingest import IngestCount, close_batch, find_unfinished_batch, ingest_rows, open_batch
from annotator.domain.lines import printable
from annotator.domain.readers import kind_of, read_rows
from annotator.domain.rejects import rejects_file
from annotator.enums import Source
from annotator.exceptions import InvalidFile


class Command(BaseCommand):
    help = "Imports titles from a .txt, .csv or .jsonl file. Run again after a kill, it goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="one title a line, a table, or one JSON value a line"
        )
        parser.add_argument(
            "--rejects",
            type=Path,
            metavar="PATH",
            help="where rejected rows go (default: FILE.rejects.csv, beside FILE)",
        )
        parser.add_argument("--no-tag", action="store_true", help="do not ask the workers to tag the titles now")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        rejects: Path = options["rejects"] or path.with_name(f"{path.name}.rejects.csv")
        if rejects.resolve() == path.resolve():
            raise CommandError("--rejects names the file that is read")
        if rejects.parent.exists() and not os.access(rejects.parent, os.W_OK):
            raise CommandError(
                f"Rejected rows cannot be written to {rejects.parent}; name another place with --rejects"
            )
        tagging = None if options["no_tag"] else Tagging()
        try:
            with path.open("rb") as file:
                count = self._import(file, path, rejects, tagging)
        except InvalidFile as error:
            raise CommandError(f"{path}: {error.message}") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. The same command goes on where it was.", returncode=130) from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        self.stdout.write(summary(path, rejects, count))
        if tagging and not tagging.reachable:
            self.stdout.write("The broker does not answer. The titles are stored and will be tagged when it is back.")

    def _import(self, file: BinaryIO, path: Path, rejects: Path, tagging: "Tagging | None") -> IngestCount:
        kind = kind_of(path.name)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        rows = read_rows(file, kind)
        batch = find_unfinished_batch(source=Source.CLI, digest=digest) or open_batch(
            source=Source.CLI, name=path.name, actor=None, digest=digest
        )
        with (
            rejects_file(rejects) as reject,
            tqdm(total=size, unit="B", unit_scale=True, desc=path.name, file=sys.stderr) as bar,
        ):
            count = ingest_rows(
                batch,
                rows,
                on_progress=lambda _read: bar.update(file.tell() - bar.n),
                on_reject=reject,
                on_chunk=tagging,
            )
        close_batch(batch)
        return count


class Tagging:
    """Asks for the titles of each chunk to be tagged, until the broker does not answer: then a worker finds them later."""

    def __init__(self) -> None:
        self.reachable = True

    def __call__(self, title_ids: list[int]) -> None:
        self.reachable = self.reachable and jobs.start_tagging(title_ids)


def summary(path: Path, rejects: Path, count: IngestCount) -> str:
    where = f" (see {printable(str(rejects))})" if count.rejected else ""
    return (
        f"{printable(path.name)}: {count.read} rows read, {count.new} new titles, {count.repeated} repeated, "
        f"{count.rejected} rejected{where}"
    )
