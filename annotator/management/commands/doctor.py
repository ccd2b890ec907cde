"""`manage.py doctor`: is everything there that the desk needs, and what to do where it is not."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.domain.doctor import ERROR, OK, Finding, examine

SIGNS = {OK: "ok     ", "warning": "WARNING", ERROR: "ERROR  "}


class Command(BaseCommand):
    help = "Looks at settings, database, broker, disk, models and workers, and says what to do. Exit code 1 if anything is broken."
    requires_system_checks: list = []  # told by the doctor itself, with the rest

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object a line: {check, level, words, advice}")

    def handle(self, *args: Any, **options: Any) -> None:
        errors = 0
        for finding in examine():
            errors += finding.level == ERROR
            self.stdout.write(json.dumps(asdict(finding)) if options["json"] else _line(finding))
        if errors:
            raise CommandError(f"{errors} broken." if errors > 1 else "One thing is broken.")


def _line(finding: Finding) -> str:
    advice = f"\n        -> {finding.advice}" if finding.advice else ""
    return f"{SIGNS[finding.level]} {finding.check}: {finding.words}{advice}"
