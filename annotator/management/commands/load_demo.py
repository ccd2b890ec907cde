"""`manage.py load_demo`: the demo titles, once."""

from typing import Any

from django.core.management.base import BaseCommand

from annotator import jobs
from annotator.domain.demo import load_demo


class Command(BaseCommand):
    help = "Loads the demo titles and asks the workers to tag them. Loads them once, however often it runs."

    def handle(self, *args: Any, **options: Any) -> None:
        batch = load_demo(on_chunk=jobs.start_tagging)
        if options["verbosity"] and batch is None:
            self.stdout.write("The demo titles are loaded already.")
        elif options["verbosity"]:
            self.stdout.write(f"{batch.occurrences.count()} demo titles loaded.")
