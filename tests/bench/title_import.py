"""python -m tests.bench.title_import: how fast a file of titles becomes rows, and in how much memory.

Behind .ci/postgres, or where DATABASE_URL is set, the rows go there; else into SQLite. No worker: tagging is another bench.
"""

import argparse
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.filled_desk import CITIES, TAILS, WORDS

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ.update({"VAR_DIR": home, "DJANGO_SETTINGS_MODULE": "annotator.settings.dev"})
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, check=True)
        import django

        django.setup()
        from django.db import connection

        path = Path(home) / "titles.txt"
        _write(path, options.titles)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        taken = _import(path)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        sys.stdout.write(
            f"{platform.platform()}, {os.cpu_count()} cores, {connection.vendor}\n"
            f"{options.titles:,} titles: {options.titles / taken:,.0f} rows/s, largest memory {after / 1024:.0f} MB"
            f" ({before / 1024:.0f} MB before)\n"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--titles", type=int, default=1_000_000)
    return parser


def _write(path: Path, titles: int) -> None:
    """No title twice."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(titles):
            acts = " & ".join(f"{chance.choice(WORDS)} {chance.choice(TAILS)}" for _ in range(2))
            file.write(f"{acts} live in {chance.choice(CITIES)} {number}\n")


def _import(path: Path) -> float:
    from annotator.domain.ingest import ingest_rows, open_batch
    from annotator.domain.readers import read_rows

    batch = open_batch(source="cli", name=path.name, actor=None)
    begun = time.perf_counter()
    with path.open("rb") as file:
        ingest_rows(batch, read_rows(file, "txt"))
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
