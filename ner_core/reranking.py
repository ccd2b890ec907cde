"""The n best readings in a better order: what a chain over words cannot see, because it looks at whole spans and what stands between them.

"I am Hardstyle" as event information comes after readings that cut it in two, since each word is scored by itself. A log-linear model over
a few properties of a reading (Collins and Koo 2005, "Discriminative Reranking for Natural Language Parsing") puts it where it belongs.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ner_core.alternatives import EDITS, proportions, weigh_alternatives
from ner_core.candidates import Candidates
from ner_core.properties import FEATURES, measure


@dataclass(frozen=True)
class Reranker:
    """weights: of FEATURES, those that are not 0; candidates: how many readings of the decoder are put in order; edits: what then weighs
    the readings behind the best by how they differ from it (alternatives.EDITS), nothing in older checkpoints."""

    weights: Mapping[str, float]
    candidates: int
    edits: Mapping[str, float] = field(default_factory=dict)

    def order(self, candidates: Candidates) -> tuple[np.ndarray, np.ndarray]:
        """int [B, K], ranks of the readings of each text, best first, and float [B, K], their probabilities in this order.

        They share their probability anew; what none of them has stays with the readings beyond.
        """
        known, exists = candidates.probabilities, candidates.exists
        shares = proportions(measure(candidates).scores(self._weights).reshape(known.shape), exists)
        shares *= (known.sum(axis=1) / shares.sum(axis=1))[:, None]
        order = np.argsort(-shares, axis=1, kind="stable")
        shares = np.take_along_axis(shares, order, axis=1)
        if not self.edits or order.shape[1] < 2:
            return order, shares
        return weigh_alternatives(candidates.spans, order, shares, exists.sum(axis=1), self.edits)

    @cached_property
    def _weights(self) -> np.ndarray:
        """float [FEATURES]"""
        return np.array([self.weights.get(name, 0.0) for name in FEATURES])

    def to_dict(self) -> dict:
        edits = {"edits": dict(self.edits)} if self.edits else {}
        return {"weights": dict(self.weights), "candidates": self.candidates} | edits

    @classmethod
    def from_dict(cls, data: Mapping) -> "Reranker":
        """Raises ValueError for what is no property of a reading, and for weights that are no numbers."""
        weights = _finite(data["weights"], FEATURES)
        return cls(weights, max(1, int(data["candidates"])), _finite(data.get("edits") or {}, EDITS))


def _finite(given: Mapping, known: Iterable[str]) -> dict[str, float]:
    weights = {str(name): float(weight) for name, weight in given.items()}
    if unknown := set(weights) - set(known):
        raise ValueError(f"unknown properties of readings: {sorted(unknown)}")
    if not all(math.isfinite(weight) for weight in weights.values()):
        raise ValueError("weights must be finite numbers")
    return weights
