"""Two models on the same titles: is the difference of their F1 more than chance?

Paired bootstrap over titles (Efron and Tibshirani 1993, chapter 16; Berg-Kirkpatrick et al. 2012 for NLP): titles are drawn with
replacement, both models are scored on the same draw, and the middle 95 per cent of the differences are the interval.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ner_core.metrics import score_title
from ner_core.spans import Span

MICRO = "micro"
DRAWS = 2000
SEED = 2024
Spans = Sequence[Span]


@dataclass(frozen=True)
class Difference:
    """F1 of the two models, their difference (second minus first) with its 95 per cent interval, and how many gold spans there are."""

    first: float
    second: float
    change: float
    low: float
    high: float
    gold: int

    def to_dict(self) -> dict:
        return asdict(self)


def compare_f1(
    gold: Sequence[Spans], first: Sequence[Spans], second: Sequence[Spans], *, draws: int = DRAWS, seed: int = SEED
) -> dict[str, Difference]:
    """ "micro" and each label that occurs -> Difference. The three sequences are of the same titles in the same order."""
    counts = _counts(gold, first), _counts(gold, second)
    labels = sorted(set().union(*(row for rows in counts for row in rows)))
    if not gold:
        return {}
    weights = np.random.default_rng(seed).multinomial(len(gold), [1 / len(gold)] * len(gold), size=draws)
    return {name: _difference(*(_table(rows, name) for rows in counts), weights) for name in (MICRO, *labels)}


def _counts(gold: Sequence[Spans], predicted: Sequence[Spans]) -> list[dict[str, tuple[int, int, int]]]:
    """Of each title label -> (right, wrong, missed)."""
    scores = (score_title(wanted, found) for wanted, found in zip(gold, predicted, strict=True))
    return [{label: (prf.tp, prf.fp, prf.fn) for label, prf in score.labels.items()} for score in scores]


def _table(rows: list[dict[str, tuple[int, int, int]]], name: str) -> np.ndarray:
    """[titles, 3]"""
    none = (0, 0, 0)
    if name == MICRO:
        return np.array([np.sum(list(row.values()) or [none], axis=0) for row in rows])
    return np.array([row.get(name, none) for row in rows])


def _difference(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> Difference:
    drawn = _f1(weights @ second) - _f1(weights @ first)
    low, high = np.quantile(drawn, [0.025, 0.975])
    before, after = float(_f1(first.sum(0))), float(_f1(second.sum(0)))
    gold = int(first[:, 0].sum() + first[:, 2].sum())
    return Difference(before, after, after - before, float(low), float(high), gold)


def _f1(counts: np.ndarray) -> np.ndarray:
    """[..., 3] -> [...]; 0 where nothing is counted."""
    right, wrong, missed = counts[..., 0], counts[..., 1], counts[..., 2]
    whole = 2 * right + wrong + missed
    return np.where(whole > 0, 2 * right / np.maximum(whole, 1), 0.0)
