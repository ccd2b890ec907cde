"""`manage.py export_dataset`: a snapshot of the annotations in a chosen format."""

import shutil
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotator.domain.datasets import Export, export_annotations
from annotator.enums import AnnotationSource, ExportFormat
from annotator.exceptions import LineupDeskError

STANDARD_OUTPUT = "-"
BINARY = (".parquet", ".spacy")


class Command(BaseCommand):
    help = "Makes a snapshot of the settled titles and writes it as a file. Twice with the same titles is the same snapshot."

    def add_arguments(self, parser: CommandParser) -> None:
        sources = ", ".join(AnnotationSource.values)
        where = f"where to write; {STANDARD_OUTPUT} is standard output; default: a file under the data directory"
        parser.add_argument("--format", choices=ExportFormat.values, default=ExportFormat.JSONL, help="default: jsonl")
        parser.add_argument(
            "--source",
            nargs="+",
            choices=AnnotationSource.values,
            metavar="SOURCE",
            help=f"only titles settled this way: {sources}",
        )
        parser.add_argument("--output", metavar="FILE", help=where)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._export(fmt=options["format"], sources=options["source"], output=options["output"])
        except LineupDeskError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(str(error)) from error

    def _export(self, *, fmt: str, sources: list[str] | None, output: str | None) -> None:
        path = None if output in (None, STANDARD_OUTPUT) else Path(output)
        if path and path.exists() and not path.is_file():
            raise CommandError(f"{path} is not a file")
        with tqdm(unit=" rows", file=sys.stderr, desc="export", leave=False, disable=None) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            export = export_annotations(fmt=fmt, actor=None, sources=sources, path=path, on_progress=show)
        if output == STANDARD_OUTPUT:
            self._print(export)
        else:
            self.stdout.write(str(export.path))
        self.stderr.write(f"{export.snapshot.rows} titles, snapshot {export.snapshot.digest}")

    def _print(self, export: Export) -> None:
        if export.path.suffix in BINARY:
            with export.path.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            return
        with export.path.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                self.stdout.write(line, ending="")
