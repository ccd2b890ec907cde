"""The legal paths of a text over its units, their sums and the best of them.

A path gives every unit one class of a LabelScheme; the log potential of a path is the sum of its unit scores and of its transitions,
divided by the temperature, and illegal transitions have none. This is a linear-chain CRF (Lafferty et al. 2001) with the model's logits
as unary potentials. Paths and span sets correspond one to one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ner_core.chains import Chains
from ner_core.labels import LabelScheme
from ner_core.reranking import Reranker
from ner_core.spans import Span
from ner_core.units import Unit

Pooling = Literal["sum", "mean", "first"]
_CHUNK = 2048  # units that are solved together: their tables stay within the cache


class DecodingError(ValueError):
    """The logits do not fit the text or the scheme, or are not finite."""


@dataclass(frozen=True)
class DecoderSettings:
    """What, besides the logits, decides a reading.

    transitions: float [C, C] log potentials added between units (row: from), or None.
    pooling: the unary potential of a unit is the sum or the mean of its pieces' logits, or the first piece's alone, for models
    that were trained on first pieces only.
    temperature: divides the potential of every path; the best reading does not depend on it.
    reranker: puts the best readings in their final order, or None.
    """

    scheme: LabelScheme
    transitions: np.ndarray | None = None
    pooling: Pooling = "sum"
    temperature: float = 1.0
    reranker: Reranker | None = None

    @cached_property
    def steps(self) -> np.ndarray:
        """float [C, C]: what a path gains from one unit to the next at this temperature, -inf where that is illegal."""
        learned = 0.0 if self.transitions is None else np.asarray(self.transitions, dtype=float) / self.temperature
        return np.where(self.scheme.allowed, learned, -np.inf)

    @cached_property
    def first(self) -> np.ndarray:
        """float [C]: 0, or -inf for a class that no text begins with."""
        return np.where(self.scheme.allowed_first, 0.0, -np.inf)


class Lattice:
    """The legal paths of one text with U units over C classes.

    Raises DecodingError for logits that do not fit. A text without units has one path, the empty one.
    """

    def __init__(self, logits: np.ndarray, unit_list: Sequence[Unit], settings: DecoderSettings) -> None:
        _check_logits(logits, unit_list, settings.scheme)
        self.units = unit_list
        self.scheme = settings.scheme
        self.settings = settings
        self.emissions = _pool(logits, unit_list, settings) / settings.temperature  # [U, C]
        self._spans: dict[tuple[int, int, str], Span] = {}

    @cached_property
    def forward(self) -> np.ndarray:
        """[U, C]: log sum over the beginnings of paths that end in this class at this unit."""
        return self._alone.forward()[0]

    @cached_property
    def backward(self) -> np.ndarray:
        """[U, C]: log sum over the ends of paths that leave this class at this unit."""
        return self._alone.backward()[0]

    @cached_property
    def log_partition(self) -> float:
        return float(np.logaddexp.reduce(self.forward[-1])) if len(self.units) else 0.0

    @cached_property
    def marginals(self) -> np.ndarray:
        """[U, C]: P(unit has this class)."""
        return np.exp(self.forward + self.backward - self.log_partition)

    def best_paths(self, count: int) -> list[tuple[list[int], float]]:
        """The `count` best paths (U classes) with their log potentials, best first; fewer if there are fewer."""
        return self._alone.best_paths(count)[0] if len(self.units) else [([], 0.0)]

    def path_score(self, path: Sequence[int]) -> float:
        """The log potential of a path: -inf if it is illegal."""
        if not len(path):
            return 0.0
        classes = np.asarray(path)
        steps = self.settings.steps[classes[:-1], classes[1:]].sum()
        return float(self.settings.first[classes[0]] + self.emissions[np.arange(len(path)), classes].sum() + steps)

    def span(self, first: int, last: int, label: str) -> Span:
        """Units first..last-1 as one span; its score is P(exactly this span), neither longer nor shorter."""
        key = (first, last, label)
        if key not in self._spans:  # the n best readings of a title share most of their spans
            score = self._span_probability(*key)
            self._spans[key] = Span(self.units[first].start, self.units[last - 1].end, label, score)
        return self._spans[key]

    def _span_probability(self, first: int, last: int, label: str) -> float:
        """A span is one stretch of path: it opens, goes on inside, and is left for anything that does not carry it on."""
        opens = self.scheme.opening[label]
        inside = int(self.scheme.inside[opens])
        score = self.opened[first][opens]
        if last - first > 1:
            steps = self.settings.steps
            score += float(steps[opens, inside] - steps[inside, inside])
            score += self._run[last - 1][inside] - self._run[first][inside]
        score += self.left[last - 1][inside if last - first > 1 else opens]
        return min(1.0, math.exp(min(0.0, score - self.log_partition)))

    @cached_property
    def opened(self) -> list[list[float]]:
        """[U, C]: log sum over the beginnings of paths in which a span starts with this class at this unit."""
        return self._alone.opened(self.forward[None])[0].tolist()

    @cached_property
    def left(self) -> list[list[float]]:
        """[U, C]: log sum over the ends of paths in which a span ends with this class at this unit."""
        return self._alone.left(self.backward[None])[0].tolist()

    @cached_property
    def _run(self) -> list[list[float]]:
        """[U, C]: what a path has gathered at a unit if it has kept this class from the first unit on."""
        stays = np.diagonal(self.settings.steps)
        return np.cumsum(self.emissions + np.where(np.isfinite(stays), stays, 0.0), axis=0).tolist()

    def spans_of(self, path: Sequence[int]) -> tuple[Span, ...]:
        scheme, found = self.scheme, []
        begun = 0
        for index, here in enumerate(path):
            after = path[index + 1] if index + 1 < len(path) else None
            if after is not None and scheme.carries_on[here][after]:
                continue
            if (label := scheme.labels[here]) is not None:
                found.append(self.span(begun, index + 1, label))
            begun = index + 1
        return tuple(found)

    def outside_risk(self, path: Sequence[int]) -> float:
        """The highest P(not O) of a unit that the path leaves outside, 0 if there is none."""
        outside = self.scheme.outside
        return max((1.0 - kept for here, kept in zip(path, self._outside, strict=True) if here == outside), default=0.0)

    @cached_property
    def _outside(self) -> list[float]:
        return np.minimum(1.0, self.marginals[:, self.scheme.outside]).tolist() if len(self.units) else []

    @cached_property
    def _alone(self) -> Chains:
        return Chains([self.emissions], self.settings.steps, self.settings.first, self.scheme)


def solve(lattices: Sequence[Lattice], count: int) -> list[list[tuple[list[int], float]]]:
    """best_paths(count) of each, with all their sums: many texts in one go take a tenth of the time. All must have the same settings."""
    found: list[list[tuple[list[int], float]]] = [[([], 0.0)]] * len(lattices)
    for group in _groups([len(lattice.units) for lattice in lattices]):
        chosen = [lattices[index] for index in group]
        settings = chosen[0].settings
        chains = Chains([lattice.emissions for lattice in chosen], settings.steps, settings.first, settings.scheme)
        forward, backward = chains.forward(), chains.backward()
        opened, left = chains.opened(forward), chains.left(backward)
        for row, (lattice, paths) in enumerate(zip(chosen, chains.best_paths(count), strict=True)):
            size = len(lattice.units)
            lattice.forward, lattice.backward = forward[row, :size], backward[row, :size]
            lattice.opened, lattice.left = opened[row, :size].tolist(), left[row, :size].tolist()
            found[group[row]] = paths
    return found


def _groups(sizes: Sequence[int]) -> list[list[int]]:
    """Indices of the texts that have units, longest first, in groups of at most _CHUNK units, padding included."""
    groups: list[list[int]] = []
    for index in sorted((index for index, size in enumerate(sizes) if size), key=lambda index: -sizes[index]):
        if groups and (len(groups[-1]) + 1) * sizes[groups[-1][0]] <= _CHUNK:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _pool(logits: np.ndarray, unit_list: Sequence[Unit], settings: DecoderSettings) -> np.ndarray:
    """[U, C]: the first piece scores the class itself, the others its inside class (I-X for B-X)."""
    if not len(unit_list):
        return np.empty((0, len(settings.scheme.id2label)))
    values = np.asarray(logits, dtype=float)[: unit_list[-1].last]
    firsts = np.array([unit.first for unit in unit_list])
    if settings.pooling == "first":
        return values[firsts]
    inside = values[:, settings.scheme.inside]
    pooled = np.add.reduceat(inside, firsts, axis=0) - inside[firsts] + values[firsts]
    if settings.pooling == "mean":
        pooled /= np.array([unit.last - unit.first for unit in unit_list])[:, None]
    return pooled


def _check_logits(logits: np.ndarray, unit_list: Sequence[Unit], scheme: LabelScheme) -> None:
    pieces = unit_list[-1].last if unit_list else 0
    if logits.ndim != 2 or logits.shape[0] < pieces or logits.shape[1] != len(scheme.id2label):
        raise DecodingError(
            f"logits of shape {logits.shape} do not fit {pieces} pieces and {len(scheme.id2label)} classes"
        )
    if not np.isfinite(logits).all():
        raise DecodingError("the model gave logits that are not finite numbers")
