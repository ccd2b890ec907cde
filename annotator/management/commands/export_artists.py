"""`manage.py export_artists FILE`: the artist table as CSV or JSONL."""

import io
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotator.domain.artist_files import write_artists
from annotator.domain.files import partial_file, publish
from annotator.models import Artist


class Command(BaseCommand):
    help = "Writes the artist table as a file that import_artists reads. The file appears when it is whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a name that ends in .csv or .jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        kind = path.suffix.lower().removeprefix(".")
        if kind not in ("csv", "jsonl"):
            raise CommandError(f"{path.name} ends neither in .csv nor in .jsonl")
        try:
            with (
                partial_file(path.parent) as file,
                tqdm(total=Artist.objects.count(), unit=" artists", file=sys.stderr) as bar,
            ):
                text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
                count = write_artists(text, kind, on_progress=lambda done: bar.update(done - bar.n))
                text.detach()
                publish(file, path)
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        self.stdout.write(f"{count} artists in {path}")
