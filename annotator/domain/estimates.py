"""Shares measured on samples, with the interval they lie in."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Share:
    """`value` lies between `low` and `high` with 95 % confidence. `count`: how many were looked at."""

    value: float
    low: float
    high: float
    count: int


def share_of(hits: int, count: int) -> Share | None:
    """Wilson's score interval (Wilson 1927): holds for few samples and shares near 0. None without samples."""
    return _wilson(hits / count, count, count) if count else None


def weighted_share(samples: Iterable[tuple[bool, float]]) -> Share | None:
    """(hit, weight) pairs, a weight being 1 / the probability that this one was looked at (Horvitz & Thompson 1952).

    The interval is Wilson's with Kish's effective size, which is the count where all weights are equal.
    """
    samples = list(samples)
    total = sum(weight for _, weight in samples)
    hits = sum(weight for hit, weight in samples if hit)
    return share_of_sums(hits, total, sum(weight**2 for _, weight in samples), len(samples))


def share_of_sums(hits: float, total: float, squares: float, count: int) -> Share | None:
    """weighted_share from sums of weights: of the hits, of all, of all squared."""
    return _wilson(min(1.0, hits / total), total**2 / squares, count) if count and total else None


def _wilson(value: float, size: float, count: int) -> Share:
    spread = Z_95**2 / size
    centre = (value + spread / 2) / (1 + spread)
    half = Z_95 * math.sqrt(value * (1 - value) / size + spread / (4 * size)) / (1 + spread)
    return Share(value, max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half)), count)
