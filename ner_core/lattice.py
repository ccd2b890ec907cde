"""The legal paths of texts over their units, their sums, and how likely each span is.

A path gives every unit one class of a LabelScheme; the log potential of a path is the sum of its unit scores and of its transitions,
divided by the temperature, and illegal transitions have none. This is a linear-chain CRF (Lafferty et al. 2001) with the model's logits
as unary potentials. Paths and span sets correspond one to one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ner_core.beam import Paths, best_paths
from ner_core.candidates import SpanTable
from ner_core.chains import NEVER, Chains, Moves
from ner_core.labels import LabelScheme
from ner_core.reranking import Reranker
from ner_core.units import Unit, unit_table

Pooling = Literal["sum", "mean", "first"]


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
    def moves(self) -> Moves:
        """What a path gains between units at this temperature."""
        learned = 0.0 if self.transitions is None else np.asarray(self.transitions, dtype=float) / self.temperature
        steps = np.where(self.scheme.allowed, learned, NEVER)
        return Moves(steps, np.where(self.scheme.allowed_first, 0.0, NEVER), self.scheme)


class Lattice:
    """The legal paths of one text with U units over C classes.

    Raises DecodingError for logits that do not fit. A text without units has one path, the empty one.
    """

    def __init__(self, logits: np.ndarray, unit_list: Sequence[Unit], settings: DecoderSettings) -> None:
        self.units = unit_list
        self.settings = settings
        check_logits(logits, unit_list, settings.scheme)
        pieces = unit_list[-1].last if unit_list else 0
        self.emissions = emissions_of([logits[:pieces]], unit_table([unit_list]), settings)  # [U, C]

    @cached_property
    def forward(self) -> np.ndarray:
        """[U, C]: log sum over the beginnings of paths that end in this class at this unit."""
        return self._chains.forward()[:, :, 0]

    @cached_property
    def backward(self) -> np.ndarray:
        """[U, C]: log sum over the ends of paths that leave this class at this unit."""
        return self._chains.backward()[0][:, :, 0]

    @cached_property
    def log_partition(self) -> float:
        return float(np.logaddexp.reduce(self.forward[-1])) if len(self.units) else 0.0

    def best_paths(self, count: int) -> list[tuple[list[int], float]]:
        """The `count` best paths (U classes) with their log potentials, best first; fewer if there are fewer."""
        if not len(self.units):
            return [([], 0.0)]
        paths = best_paths(self._chains, count)
        found = zip(paths.classes[0].tolist(), paths.scores[0].tolist(), strict=True)
        return [(path, score) for path, score in found if score > NEVER]

    def path_score(self, path: Sequence[int]) -> float:
        """The log potential of a path: -inf if it is illegal."""
        if not len(path):
            return 0.0
        classes, moves = np.asarray(path), self.settings.moves
        steps = moves.steps[classes[:-1], classes[1:]].sum()
        return float(moves.first[classes[0]] + self.emissions[np.arange(len(path)), classes].sum() + steps)

    @cached_property
    def _chains(self) -> Chains:
        return Chains(self.emissions, np.array([len(self.units)]), self.settings.moves)


class Sums:
    """What the paths of B chains add up to: how likely a path is, a span of one, and that a unit is left outside."""

    def __init__(self, chains: Chains) -> None:
        forward = chains.forward()
        backward, self._left = chains.backward()
        self._opened = chains.opened(forward)
        self._chains, self._log_partition = chains, chains.log_partition(forward)
        outside = chains.moves.scheme.outside
        self.outside = _chance(
            forward[:, outside] + backward[:, outside] - self._log_partition
        ).T  # float [B, U]: P(unit has class O)

    def path_probabilities(self, paths: Paths) -> np.ndarray:
        """float [B, K]"""
        return _chance(paths.scores - self._log_partition[:, None])

    def span_probabilities(self, paths: Paths, spans: SpanTable) -> np.ndarray:
        """float [S]: P(exactly this span, neither longer nor shorter).

        A span is one stretch of path: it opens, goes on inside, and is left for anything that does not carry it on.
        """
        moves, units = self._chains.moves, paths.classes.shape[2]
        opening, closing = (paths.classes.take(spans.reading * units + unit) for unit in (spans.first, spans.last))
        run, last = moves.run(self._chains.emissions), self._cells(spans.last, closing, spans.text)
        score = self._opened.take(self._cells(spans.first, opening, spans.text)) + self._left.take(last)
        score += run.take(last) - run.take(self._cells(spans.first, closing, spans.text))
        score += np.where(spans.last > spans.first, moves.entering.take(opening), 0.0)
        return _chance(score - self._log_partition.take(spans.text))

    def _cells(self, unit: np.ndarray, kind: np.ndarray, chain: np.ndarray) -> np.ndarray:
        """Where tables [U, C, B] hold them."""
        _units, classes, chains = self._chains.emissions.shape
        return (unit * classes + kind) * chains + chain


def _chance(log: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(0.0, log))


def emissions_of(logits: Sequence[np.ndarray], table: np.ndarray, settings: DecoderSettings) -> np.ndarray:
    """float [units of all texts, C]: the first piece scores the class itself, the others its inside class (I-X for B-X).

    logits: float [pieces, C] of each text; table: unit_table of their units, which hold all pieces. Raises DecodingError.
    """
    if not len(table):
        return np.empty((0, len(settings.scheme.id2label)))
    values = np.concatenate(logits, dtype=float)
    check_finite(values)
    lengths = table[:, 1] - table[:, 0]
    firsts = np.cumsum(lengths) - lengths
    return _pool(values, firsts, lengths, settings) / settings.temperature


def _pool(values: np.ndarray, firsts: np.ndarray, lengths: np.ndarray, settings: DecoderSettings) -> np.ndarray:
    if settings.pooling == "first":
        return values[firsts]
    inside = values[:, settings.scheme.inside]
    pooled = np.add.reduceat(inside, firsts, axis=0) - inside[firsts] + values[firsts]
    return pooled / lengths[:, None] if settings.pooling == "mean" else pooled


def check_finite(logits: np.ndarray) -> None:
    """Raises DecodingError."""
    if not np.isfinite(logits).all():
        raise DecodingError("the model gave logits that are not finite numbers")


def check_logits(logits: np.ndarray, unit_list: Sequence[Unit], scheme: LabelScheme) -> None:
    """Raises DecodingError for a table of another shape."""
    pieces = unit_list[-1].last if unit_list else 0
    if logits.ndim != 2 or logits.shape[0] < pieces or logits.shape[1] != len(scheme.id2label):
        raise DecodingError(
            f"logits of shape {logits.shape} do not fit {pieces} pieces and {len(scheme.id2label)} classes"
        )
