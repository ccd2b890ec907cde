"""`manage.py train`: a model from what people settled, here and now or in a worker."""

import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotator import jobs, taggers
from annotator.domain.training import run_training
from annotator.domain.training_options import TrainingOptions
from annotator.enums import JobState
from annotator.exceptions import LineupDeskError
from annotator.management.comparison_text import comparison_lines
from annotator.models import Comparison, Job


class Command(BaseCommand):
    help = "Trains a candidate from the settled titles and compares it with the active model. It goes live by `models promote`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--base", default="", help="a model version or a checkpoint directory; default: the active version"
        )
        parser.add_argument("--name", default="", help="what to call it; default: the base's name and -trained")
        parser.add_argument("--steps", type=int, default=0, help="default: by the number of titles")
        parser.add_argument("--rate", type=float, default=TrainingOptions.rate, help="peak learning rate")
        parser.add_argument(
            "--generated", type=float, default=TrainingOptions.generated, help="share of generated titles"
        )
        parser.add_argument(
            "--source", type=_weight, nargs="+", metavar="SOURCE=WEIGHT", help="e.g. reviewed=1 auto=0.2"
        )
        parser.add_argument("--label", type=_weight, nargs="+", metavar="LABEL=WEIGHT", help="e.g. MISC=2")
        parser.add_argument(
            "--patience",
            type=int,
            default=TrainingOptions.patience,
            help="checks without gain before it stops; 0: never",
        )
        parser.add_argument("--seed", type=int, default=TrainingOptions.seed)
        parser.add_argument("--background", action="store_true", help="let a worker do it")

    def handle(self, **options: Any) -> None:
        given = {name: options[name] for name in ("base", "name", "steps", "rate", "generated", "patience", "seed")}
        given |= {"sources": dict(options["source"])} if options["source"] else {}
        given |= {"labels": dict(options["label"])} if options["label"] else {}
        try:
            job = jobs.start_training(TrainingOptions(**given), actor=None, send=options["background"])
        except LineupDeskError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        if options["background"]:
            self.stdout.write(f"training {job.pk} waits for a worker")
        else:
            self._run(job)

    def _run(self, job: Job) -> None:
        with tqdm(unit=" steps", file=sys.stderr, desc="train", disable=None) as bar:
            run_training(str(job.pk), load=taggers.load_directory, on_step=lambda done, total: _show(bar, done, total))
        job.refresh_from_db()
        if job.state != JobState.DONE:
            raise CommandError(f"{job.error or job.get_state_display()} [{job.error_code or job.state}]")
        self.stdout.write(job.result["name"])
        if comparison := Comparison.objects.filter(pk=job.result.get("comparison")).first():
            self.stdout.write(comparison_lines(comparison))


def _show(bar: tqdm, done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _weight(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value or 1)
    except ValueError as error:
        raise ArgumentTypeError(f"{text}: must be NAME=NUMBER") from error
