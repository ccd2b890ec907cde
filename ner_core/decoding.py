"""From logits to the n best readings, with probabilities that sum to one over all legal readings."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ner_core.lattice import DecoderSettings, DecodingError, Lattice, solve
from ner_core.reranking import Reranker
from ner_core.spans import Span
from ner_core.units import units


class Decoded(NamedTuple):
    """One reading. `probability` is its share of all legal readings; span scores are marginals over all legal readings.

    `outside_risk` is the highest P(not O) of a unit that this reading leaves outside, 0 if there is none.
    """

    spans: tuple[Span, ...]
    probability: float
    outside_risk: float


class Pieced(NamedTuple):
    """What the model said of one text. offsets: [pieces] code-point ranges in text; logits: float [pieces, C]."""

    text: str
    offsets: Sequence[tuple[int, int]]
    logits: np.ndarray


def decode(
    text: str, offsets: Sequence[tuple[int, int]], logits: np.ndarray, settings: DecoderSettings, *, n_best: int = 1
) -> list[Decoded]:
    """The n best readings of a text, best first; their spans are sorted and do not overlap. Raises DecodingError."""
    return decode_all([Pieced(text, offsets, logits)], settings, n_best=n_best)[0]


def decode_all(given: Sequence[Pieced], settings: DecoderSettings, *, n_best: int = 1) -> list[list[Decoded]]:
    """As decode, for many texts at once."""
    lattices = [_lattice(one, settings) for one in given]
    n_best, reranker = max(1, n_best), settings.reranker
    found = solve(lattices, _beam(n_best, reranker))
    return [
        _readings(one.text, lattice, paths, reranker, n_best)
        for one, lattice, paths in zip(given, lattices, found, strict=True)
    ]


def best_readings(text: str, lattice: Lattice, reranker: Reranker | None, *, n_best: int) -> list[Decoded]:
    """As decode, for a lattice that is there already."""
    return _readings(text, lattice, lattice.best_paths(_beam(n_best, reranker)), reranker, n_best)


def _lattice(given: Pieced, settings: DecoderSettings) -> Lattice:
    if len(given.logits) != len(given.offsets):
        raise DecodingError(f"{len(given.logits)} rows of logits for {len(given.offsets)} pieces")
    return Lattice(given.logits, units(given.text, given.offsets), settings)


def _beam(n_best: int, reranker: Reranker | None) -> int:
    return max(n_best, reranker.candidates) if reranker else n_best


def _readings(
    text: str, lattice: Lattice, paths: list[tuple[list[int], float]], reranker: Reranker | None, n_best: int
) -> list[Decoded]:
    found = [
        Decoded(lattice.spans_of(path), min(1.0, math.exp(min(0.0, score - lattice.log_partition))), 0.0)
        for path, score in paths
    ]
    order = reranker.order(text, found) if reranker else [(index, one.probability) for index, one in enumerate(found)]
    return [
        found[index]._replace(probability=share, outside_risk=lattice.outside_risk(paths[index][0]))
        for index, share in order[:n_best]
    ]
