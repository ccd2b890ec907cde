"""What a user would read titles with otherwise."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ALONE, TOGETHER, BATCH = 150, 600, 64
SPACY_MODEL = "fr_core_news_md"


def pipeline_rates(directory: Path, titles: Sequence[str], *, threads: int) -> tuple[float, float]:
    """Titles a second of the transformers pipeline: one at a time, and in batches. It gives one reading with raw scores, no n best."""
    import torch
    from transformers import pipeline

    torch.set_num_threads(threads)
    read = pipeline("ner", model=str(directory), device="cpu", dtype=torch.float32)
    read(titles[0])
    begun = time.perf_counter()
    for title in titles[:ALONE]:
        read(title)
    alone = time.perf_counter() - begun
    many = list(titles)[:TOGETHER]
    begun = time.perf_counter()
    read(many, batch_size=BATCH)
    together = time.perf_counter() - begun
    return len(titles[:ALONE]) / alone, len(many) / together


def spacy_rate(titles: Sequence[str]) -> float:
    """Titles a second of the names in spaCy's French pipeline, in batches: another network with its own weights, without dates and scores.

    It is installed from the package index into a scratch directory. Raises subprocess.CalledProcessError where that cannot be reached.
    """
    with tempfile.TemporaryDirectory() as home:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", home]
        subprocess.run([*install, f"{SPACY_MODEL}==3.8.0"], check=True, capture_output=True)
        sys.path.insert(0, home)
        try:
            import spacy

            read = spacy.load(SPACY_MODEL, disable=["morphologizer", "parser", "attribute_ruler", "lemmatizer"])
        finally:
            sys.path.remove(home)
    list(read.pipe(titles[:BATCH], batch_size=BATCH))
    begun = time.perf_counter()
    list(read.pipe(titles, batch_size=BATCH))
    return len(titles) / (time.perf_counter() - begun)


def matmul_peak(rows: int, inner: int, columns: int, *, threads: int, seconds: float = 1.0) -> float:
    """Multiply-adds a second of torch's matrix product in bfloat16 or float32, whichever is faster here: what the machine can do."""
    import torch

    torch.set_num_threads(threads)
    kinds = (torch.bfloat16, torch.float32)
    tables = ((torch.randn(rows, inner, dtype=kind), torch.randn(inner, columns, dtype=kind)) for kind in kinds)
    return max(_rate(one, other, seconds) for one, other in tables)


def _rate(one: object, other: object, seconds: float) -> float:
    import torch

    done, begun = 0, time.perf_counter()
    with torch.inference_mode():
        while time.perf_counter() - begun < seconds:
            torch.mm(one, other)
            done += 1
    return done * one.shape[0] * one.shape[1] * other.shape[1] / (time.perf_counter() - begun)
