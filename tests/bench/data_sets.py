"""python -m tests.bench.data_sets: a snapshot of many settled titles and every format of it: rows a second, largest memory."""

import argparse
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHUNK = 10_000


def main() -> None:
    options = _parser().parse_args()
    _show(f"{platform.platform()}, {os.cpu_count()} cores", f"{options.titles:,} settled titles, SQLite")
    with tempfile.TemporaryDirectory() as home:
        environment = {"VAR_DIR": home, "DJANGO_SETTINGS_MODULE": "annotator.settings.dev"}
        os.environ.update(environment)
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, check=True)
        _apart("filling the database", options.titles, _fill, options.titles)
        digest, first = _apart("snapshot", options.titles, _snapshot)
        for name in options.format:
            _answer, second = _apart(f"as {name}", options.titles, _render, digest, name)
            _show(f"snapshot and {name} together", f"{options.titles / (first + second):>10,.0f} rows/s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=1_000_000)
    formats = ("jsonl", "conll", "csv", "parquet", "labelstudio", "doccano")
    parser.add_argument("--format", nargs="+", choices=(*formats, "spacy"), default=formats)
    return parser


def _apart(what: str, rows: int, work: Callable, *args: object) -> tuple[object, float]:
    """In a process of its own, so that its memory is its own. Its answer, and the seconds that it took."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        answer, taken, memory = pool.apply(_measured, (work, args))
    _show(what, f"{rows / taken:>10,.0f} rows/s  {taken:7.1f} s  {memory:6.0f} MB")
    return answer, taken


def _measured(work: Callable, args: tuple) -> tuple[object, float, float]:
    import django

    django.setup()
    begun = time.perf_counter()
    answer = work(*args)
    taken = time.perf_counter() - begun
    return answer, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fill(count: int) -> None:
    """Titles of two performers and a place; a third of them read by people."""
    from django.db import transaction

    from annotator.domain.ingest import title_key
    from annotator.models import Annotation, ModelVersion, Prediction, QueueItem, Title

    version = ModelVersion.objects.create(name="bench@1", origin="starter", directory="x", digest="0" * 64)
    for start in range(0, count, CHUNK):
        texts = [f"Act {number} & Nova {number % 977} in Rome" for number in range(start, min(start + CHUNK, count))]
        with transaction.atomic():
            titles = Title.objects.bulk_create(Title(text=text, key=title_key(text), state="settled") for text in texts)
            predictions = Prediction.objects.bulk_create(
                Prediction(title=title, model_version=version, spans=_scored(title.text), confidence=0.91)
                for title in titles
            )
            Annotation.objects.bulk_create(
                Annotation(title=one.title, prediction=one, spans=_spans(one.title.text), source=_source(one.title))
                for one in predictions
            )
            QueueItem.objects.bulk_create(
                QueueItem(
                    title=one.title,
                    prediction=one,
                    band="middle",
                    reason="middle",
                    confidence=0.91,
                    rank=0.91,
                    state="done",
                )
                for one in predictions
                if _source(one.title) == "reviewed"
            )


def _source(title: object) -> str:
    return "auto" if title.pk % 3 else "reviewed"


def _scored(text: str) -> list[dict]:
    return [span | {"score": 0.97} for span in _spans(text)]


def _spans(text: str) -> list[dict]:
    first, rest = text.index(" & "), text.index(" in ")
    return [
        {"start": 0, "end": first, "label": "PER"},
        {"start": first + 3, "end": rest, "label": "PER"},
        {"start": rest + 4, "end": len(text), "label": "LOC"},
    ]


def _snapshot() -> str:
    from annotator.domain.datasets import create_snapshot

    return create_snapshot(actor=None).digest


def _render(digest: str, name: str) -> None:
    from django.conf import settings

    from annotator.domain.datasets import render_snapshot
    from annotator.models import Snapshot

    path = Path(settings.VAR_DIR) / f"bench.{name}"
    render_snapshot(Snapshot.objects.get(digest=digest), name, path)
    path.unlink()


def _show(what: str, value: str) -> None:
    sys.stdout.write(f"{what:<40}{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
