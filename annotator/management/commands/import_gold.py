"""`manage.py import_gold FILE`: annotated titles, as frozen gold or to train on."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotator.domain.gold_import import ImportCount, import_annotated
from annotator.domain.ingest import close_batch, open_batch
from annotator.domain.lines import RowError, printable
from annotator.domain.rejects import rejects_file
from annotator.enums import AnnotationSource, Source
from ner_core.formats import FormatError, Record
from ner_core.formats.registry import FORMATS

PURPOSES = {"gold": AnnotationSource.IMPORTED, "training": AnnotationSource.TAUGHT}


class Command(BaseCommand):
    help = "Imports annotated titles: as gold, which is never trained on, or for training. What people decided is never replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--format", choices=sorted(FORMATS), help="default: by the ending of the file's name")
        parser.add_argument("--use", choices=sorted(PURPOSES), default="gold", help="default: gold")
        parser.add_argument("--rejects", type=Path, metavar="PATH", help="default: FILE.rejects.csv, beside FILE")
        parser.add_argument("--conflicts", type=Path, metavar="PATH", help="default: FILE.conflicts.csv, beside FILE")

    def handle(self, **options: Any) -> None:
        path: Path = options["file"]
        beside = {name: options[name] or path.with_name(f"{path.name}.{name}.csv") for name in ("rejects", "conflicts")}
        try:
            count = self._import(path, _format_of(path, options["format"]), PURPOSES[options["use"]], beside)
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8: {error}") from error
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        self.stdout.write(
            f"{printable(str(path))}: {count.read} read, {count.settled} settled, {count.same} as they were, "
            f"{count.conflicts} conflicts, {count.rejected} rejected"
        )
        for name, told in (("conflicts", count.conflicts), ("rejects", count.rejected)):
            if told:
                self.stdout.write(f"see {printable(str(beside[name]))}")

    def _import(self, path: Path, fmt: str, source: AnnotationSource, beside: dict[str, Path]) -> ImportCount:
        bad: list[FormatError] = []
        records = _numbered(path, fmt, FORMATS[fmt].read_file(path, on_error=bad.append))
        records = chain(
            [first] if (first := next(records, None)) else [], records
        )  # what is refused whole opens no batch
        batch = open_batch(source=Source.CLI, name=path.name, actor=None)
        with (
            rejects_file(beside["rejects"]) as reject,
            rejects_file(beside["conflicts"]) as conflict,
            tqdm(unit=" rows", file=sys.stderr, desc=path.name, disable=None) as bar,
        ):
            count = import_annotated(
                batch,
                records,
                source=source,
                on_reject=reject,
                on_conflict=conflict,
                on_progress=lambda read: bar.update(read - bar.n),
            )
            for error in bad:
                reject(RowError.of(error.line, error.code, error.message, ""))
        count.read, count.rejected = count.read + len(bad), count.rejected + len(bad)
        close_batch(batch)
        return count


def _format_of(path: Path, given: str | None) -> str:
    if given:
        return given
    for ending in (".{0.name}{0.suffix}", "{0.suffix}"):  # .doccano.jsonl, as exports are named, before .jsonl
        for name, found in FORMATS.items():
            if path.name.endswith(ending.format(found)):
                return name
    raise CommandError(f"{path.name}: name the format with --format ({', '.join(sorted(FORMATS))})")


def _numbered(path: Path, fmt: str, records: Iterator[Record]) -> Iterator[tuple[int, Record]]:
    """doccano's lines are JSON too: taken for ours they would be titles without spans."""
    for number, record in enumerate(records, start=1):
        if fmt == "jsonl" and not record.spans and {"label", "entities"} & set(record.meta):
            raise CommandError(f"{path}: row {number} has no spans but a label: name the format with --format doccano")
        yield record.line or number, record
