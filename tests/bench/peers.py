"""What a user would read titles with otherwise."""

import time
from collections.abc import Sequence
from pathlib import Path

ALONE, TOGETHER, BATCH = 150, 600, 64


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
