"""`manage.py simulate_loop POOL TEST`: does the loop pay, for each order in which titles may be reviewed?"""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotator.domain.simulation import Point, numbered, simulate, titles_to_reach, trainer
from annotator.enums import QueueStrategy
from annotator.exceptions import LineupDeskError
from annotator.management.simulation_plot import plot_svg
from annotator.taggers import load_directory
from ner_core.formats import FormatError, Record, jsonl

PLAIN = "mixed-without-memory"


class Command(BaseCommand):
    help = "Plays a reviewer from annotated titles, with retraining every N titles, and says how many titles each queue strategy needs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "pool", type=Path, help="annotated titles (JSONL) that arrive; their answers are hidden until asked for"
        )
        parser.add_argument("test", type=Path, help="annotated titles (JSONL) to measure on; nobody reviews them")
        parser.add_argument(
            "--base", type=Path, required=True, help="a checkpoint that never saw the titles of POOL or TEST"
        )
        parser.add_argument("--every", type=int, default=80, help="titles between two trainings; default 80")
        parser.add_argument("--steps", type=int, default=100, help="steps of each training; default 100")
        parser.add_argument(
            "--strategy", nargs="+", choices=[*QueueStrategy.values, PLAIN], default=[*QueueStrategy.values, PLAIN]
        )
        parser.add_argument(
            "--output", type=Path, default=Path("simulation"), help="directory for points.json and two plots"
        )

    def handle(self, **options: Any) -> None:
        try:
            runs = self._run(options)
        except (FormatError, LineupDeskError) as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        self._tell(runs)

    def _run(self, options: dict) -> dict[str, list[Point]]:
        pool, test = _read(options["pool"]), _read(options["test"])
        threads = settings.TRAIN_THREADS or os.cpu_count() or 1
        base, train = load_directory(options["base"]), trainer(options["base"], steps=options["steps"], threads=threads)
        options["output"].mkdir(parents=True, exist_ok=True)
        runs: dict[str, list[Point]] = {}
        for name in options["strategy"]:
            memory, strategy = name != PLAIN, QueueStrategy.MIXED if name == PLAIN else name
            self.stderr.write(name)
            runs[name] = simulate(
                pool,
                test,
                strategy=strategy,
                every=options["every"],
                base=base,
                train=train,
                memory=memory,
                on_point=self._show,
            )
            _store(options["output"], runs)
        return runs

    def _show(self, point: Point) -> None:
        self.stderr.write(f"  {point.titles:5} titles  F1 {point.f1:.4f}  {point.minutes:6.1f} min")

    def _tell(self, runs: dict[str, list[Point]]) -> None:
        wanted = runs[QueueStrategy.RANDOM][-1].f1 if QueueStrategy.RANDOM in runs else None
        for name, points in runs.items():
            last = points[-1]
            line = f"{name:22} F1 {points[0].f1:.4f} -> {last.f1:.4f}, {last.titles} titles, {last.minutes:.1f} min"
            if wanted is not None:
                reached = titles_to_reach(points, wanted)
                line += f"; F1 {wanted:.4f} after {'never' if reached is None else f'{reached} titles'}"
            self.stdout.write(line)
        sys.stdout.flush()


def _read(path: Path) -> list[Record]:
    with path.open(encoding="utf-8") as lines:
        return list({record.text: record for record in jsonl.read(lines)}.values())


def _store(home: Path, runs: dict[str, list[Point]]) -> None:
    (home / "points.json").write_text(
        json.dumps({name: list(numbered(points)) for name, points in runs.items()}, indent=1) + "\n"
    )
    for key in ("titles", "minutes"):
        (home / f"f1-by-{key}.svg").write_text(plot_svg(runs, key), encoding="utf-8")
