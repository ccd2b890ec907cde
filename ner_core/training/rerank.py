"""Fits the order of the n best readings on titles that the model was not trained on."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ner_core.alternatives import EDITS
from ner_core.decoding import Measured
from ner_core.properties import FEATURES
from ner_core.reranking import Reranker
from ner_core.spans import Span, triples

CANDIDATES = 40
PRIOR = 0.01
_FEWEST = 300  # readings in which a property must differ to get a weight
_STEPS, _RATE = 400, 0.05


class Choice(NamedTuple):
    """The properties of the candidates of a title, float [candidates, FEATURES], and which of them is right; -1 if none is."""

    table: np.ndarray
    right: int


def choice_of(found: Measured, gold: Sequence[Span]) -> Choice:
    wanted = triples(gold)
    hits = (index for index, reading in enumerate(found.readings) if triples(reading.spans) == wanted)
    return Choice(found.table, next(hits, -1))


def fit_reranker(choices: Sequence[Choice], *, candidates: int = CANDIDATES, prior: float = PRIOR) -> Reranker:
    """Maximum likelihood of the right readings with a Gaussian prior around the decoder's own order, by Adam (Kingma and Ba 2015)."""
    tables = [choice for choice in choices if choice.right >= 0 and len(choice.table) > 1]
    start = np.array([name == "log_probability" for name in FEATURES], dtype=float)
    if not tables:
        return Reranker({"log_probability": 1.0}, candidates, EDITS)
    used = sum((table != 0).sum(axis=0) for table, _right in tables) >= _FEWEST
    tables = [Choice(table * used, right) for table, right in tables]
    weights = _adam(tables, start, prior)
    return Reranker(
        {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True) if weight},
        candidates,
        EDITS,
    )


def _adam(tables: Sequence[Choice], start: np.ndarray, prior: float) -> np.ndarray:
    weights, mean, spread = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, _STEPS + 1):
        gradient = _gradient(tables, weights) + prior * (weights - start)
        mean = 0.9 * mean + 0.1 * gradient
        spread = 0.99 * spread + 0.01 * gradient**2
        weights = weights - _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-8)
    return weights


def _gradient(tables: Sequence[Choice], weights: np.ndarray) -> np.ndarray:
    """Expected minus seen properties, the mean over titles."""
    total = np.zeros_like(weights)
    for table, right in tables:
        scores = table @ weights
        shares = np.exp(scores - scores.max())
        total += shares @ table / shares.sum() - table[right]
    return total / len(tables)
