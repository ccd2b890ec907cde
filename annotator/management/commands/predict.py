"""Titles in, one JSON object a line out."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from annotator import taggers
from annotator.domain.band_limits import Limits, current_limits, limits_of_settings
from annotator.domain.line_predictions import json_line, line_groups, predict_lines
from annotator.domain.model_versions import active_version
from annotator.exceptions import ModelUnavailable
from ner_core.tagger import Tagger


class Command(BaseCommand):
    help = "Reads one title a line (from FILE, or standard input) and writes one JSON object a line, in order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        try:
            self._predict(file)
        except BrokenPipeError:  # the reader has seen enough; what is still buffered must not complain either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (ModelUnavailable, OSError) as error:
            raise CommandError(str(error)) from error

    def _predict(self, file: Path | None) -> None:
        with file.open("rb") if file else sys.stdin.buffer as source:
            tagger, limits = _tagger_and_limits()
            for lines in line_groups(source):
                self.stdout.write("\n".join(map(json_line, predict_lines(lines, tagger=tagger, limits=limits))))
                self.stdout.flush()


def _tagger_and_limits() -> tuple[Tagger, Limits]:
    """The desk's active model and limits; the built-in model and the settings where there is no desk yet."""
    try:
        known = active_version() is not None
    except DatabaseError:
        known = False
    if known:
        return taggers.active_tagger()[0], current_limits()
    return taggers.load_directory(settings.STARTER_DIR), limits_of_settings()
