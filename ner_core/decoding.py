"""From logits to the n best readings, with probabilities that sum to one over all legal readings.

The pieces of a text are first joined to *units*: pieces between which no span may begin or end. A path gives every unit one class
of a LabelScheme; the log potential of a path is the sum of its unit scores and of its transitions, divided by the temperature, and
illegal transitions have none. This is a linear-chain CRF (Lafferty et al. 2001) with the model's logits as unary potentials; sums
run by forward-backward, the n best by list Viterbi (Seshadri & Sundberg 1994). Paths and span sets correspond one to one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from ner_core.labels import LabelScheme
from ner_core.reranking import Reranker
from ner_core.spans import Span
from ner_core.text import boundaries

Pooling = Literal["sum", "mean", "first"]
_NEVER = -np.inf


class DecodingError(ValueError):
    """The logits do not fit the text or the scheme, or are not finite."""


class Unit(NamedTuple):
    """Pieces first..last-1 (last exclusive), which stand for text[start:end]."""

    first: int
    last: int
    start: int
    end: int


class Decoded(NamedTuple):
    """One reading. `probability` is its share of all legal readings; span scores are marginals over all legal readings.

    `outside_risk` is the highest P(not O) of a unit that this reading leaves outside, 0 if there is none.
    """

    spans: tuple[Span, ...]
    probability: float
    outside_risk: float


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


def units(text: str, offsets: Sequence[tuple[int, int]]) -> list[Unit]:
    """Joins pieces to units. `offsets` are the pieces' code-point ranges in text, ascending; they may overlap or be empty.

    A unit begins at a piece before which there is a boundary of the text that lies after all former pieces. Pieces without a
    visible character belong to the unit that follows, or to the last one. A unit's range is widened to whole tokens where the
    tokenizer dropped characters (combining marks, joiners).
    """
    edges = boundaries(text)
    found: list[Unit] = []
    pending: int | None = None
    for index, (start, end) in enumerate(_trim(text, *offset) for offset in offsets):
        if start == end:
            pending = index if pending is None else pending
            continue
        edge = edges[bisect_right(edges, start) - 1]
        if not found or edge >= found[-1].end:
            found.append(Unit(index if pending is None else pending, index + 1, edge, end))
        else:
            found[-1] = found[-1]._replace(last=index + 1, end=max(found[-1].end, end))
        pending = None
    if pending is not None and found:
        found[-1] = found[-1]._replace(last=len(offsets))
    return _widen(text, edges, found)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _widen(text: str, edges: list[int], found: list[Unit]) -> list[Unit]:
    limits = [unit.start for unit in found[1:]] + [len(text)] * bool(found)
    widened = []
    for unit, limit in zip(found, limits, strict=True):
        at = bisect_left(edges, unit.end)
        end = min(edges[at], limit)
        widened.append(unit._replace(end=_trim(text, unit.start, end)[1]))
    return widened


class Lattice:
    """The legal paths of one text with U units over C classes.

    Raises DecodingError for logits that do not fit. A text without units has one path, the empty one.
    """

    def __init__(self, logits: np.ndarray, unit_list: Sequence[Unit], settings: DecoderSettings) -> None:
        _check_logits(logits, unit_list, settings.scheme)
        self.units = unit_list
        self.scheme = settings.scheme
        self.emissions = _pool(logits, unit_list, settings) / settings.temperature  # [U, C]
        steps = (
            0.0
            if settings.transitions is None
            else np.asarray(settings.transitions, dtype=float) / settings.temperature
        )
        self.transitions = np.where(self.scheme.allowed, steps, _NEVER)  # [C, C]
        self.first = np.where(self.scheme.allowed_first, 0.0, _NEVER)  # [C]
        self._spans: dict[tuple[int, int, str], float] = {}

    @cached_property
    def forward(self) -> np.ndarray:
        """[U, C]: log sum over the beginnings of paths that end in this class at this unit."""
        table = np.empty_like(self.emissions)
        for index, row in enumerate(self.emissions):
            reach = self.first if index == 0 else _log_sum(table[index - 1][:, None] + self.transitions, axis=0)
            table[index] = reach + row
        return table

    @cached_property
    def backward(self) -> np.ndarray:
        """[U, C]: log sum over the ends of paths that leave this class at this unit."""
        table = np.zeros_like(self.emissions)
        for index in range(len(table) - 2, -1, -1):
            table[index] = _log_sum(self.transitions + (self.emissions[index + 1] + table[index + 1])[None, :], axis=1)
        return table

    @cached_property
    def log_partition(self) -> float:
        return float(_log_sum(self.forward[-1], axis=0)) if len(self.units) else 0.0

    @cached_property
    def marginals(self) -> np.ndarray:
        """[U, C]: P(unit has this class)."""
        return np.exp(self.forward + self.backward - self.log_partition)

    def best_paths(self, count: int) -> list[tuple[np.ndarray, float]]:
        """The `count` best paths (int [U]) with their log potentials, best first; fewer if there are fewer."""
        if not len(self.units):
            return [(np.empty(0, dtype=int), 0.0)]
        classes = self.emissions.shape[1]
        scores = np.full((classes, count), _NEVER)
        scores[:, 0] = self.first + self.emissions[0]
        pointers = []
        for row in self.emissions[1:]:
            reach = (scores[:, :, None] + self.transitions[:, None, :]).reshape(classes * count, classes)
            order = np.argsort(-reach, axis=0, kind="stable")[:count]
            scores = np.take_along_axis(reach, order, axis=0).T + row[:, None]
            pointers.append(order.T)
        return [
            (self._trace(pointers, last, count), float(scores.flat[last]))
            for last in np.argsort(-scores, axis=None, kind="stable")[:count]
            if scores.flat[last] > _NEVER
        ]

    def _trace(self, pointers: list[np.ndarray], last: int, count: int) -> np.ndarray:
        """Follows the pointers back from a cell (class * count + rank) of the last unit."""
        path = np.empty(len(self.units), dtype=int)
        cell = int(last)
        for index in range(len(path) - 1, -1, -1):
            path[index], rank = divmod(cell, count)
            if index:
                cell = int(pointers[index - 1][path[index], rank])
        return path

    def path_score(self, path: np.ndarray) -> float:
        """The log potential of a path: -inf if it is illegal."""
        if not len(path):
            return 0.0
        steps = self.transitions[path[:-1], path[1:]].sum()
        return float(self.first[path[0]] + self.emissions[np.arange(len(path)), path].sum() + steps)

    def span_probability(self, first: int, last: int, label: str) -> float:
        """P(exactly this span): units first..last-1 are one span of this label, neither longer nor shorter."""
        key = (first, last, label)
        if key not in self._spans:  # the n best readings of a title share most of their spans
            self._spans[key] = self._span_probability(*key)
        return self._spans[key]

    def _span_probability(self, first: int, last: int, label: str) -> float:
        scheme = self.scheme
        opens = np.array([name == label for name in scheme.labels])
        if first == 0:
            reach = np.where(opens, self.first, _NEVER)
        else:
            steps = np.where(scheme.starts & opens[None, :], self.transitions, _NEVER)
            reach = _log_sum(self.forward[first - 1][:, None] + steps, axis=0)
        reach = reach + self.emissions[first]
        inside = np.where(scheme.continues, self.transitions, _NEVER)
        for index in range(first + 1, last):
            reach = _log_sum(reach[:, None] + inside, axis=0) + self.emissions[index]
        if last < len(self.units):
            leaves = np.where(scheme.continues, _NEVER, self.transitions)
            reach = reach[:, None] + leaves + (self.emissions[last] + self.backward[last])[None, :]
        return float(min(1.0, np.exp(_log_sum(reach, axis=None) - self.log_partition)))

    def unit_spans(self, path: np.ndarray) -> list[tuple[int, int, str]]:
        """The spans of a path as (first unit, last unit exclusive, label)."""
        found: list[tuple[int, int, str]] = []
        for index, here in enumerate(path):
            if index and self.scheme.continues[path[index - 1], here]:
                found[-1] = (found[-1][0], index + 1, found[-1][2])
            elif (label := self.scheme.labels[here]) is not None:
                found.append((index, index + 1, label))
        return found

    def outside_risk(self, path: np.ndarray) -> float:
        left_out = path == self.scheme.outside
        return float(1.0 - self.marginals[left_out, self.scheme.outside].min()) if left_out.any() else 0.0


def decode(
    text: str, offsets: Sequence[tuple[int, int]], logits: np.ndarray, settings: DecoderSettings, *, n_best: int = 1
) -> list[Decoded]:
    """The n best readings of a text, best first; their spans are sorted and do not overlap.

    offsets: [pieces] code-point ranges in text; logits: float [pieces, C]. Raises DecodingError.
    """
    if len(logits) != len(offsets):
        raise DecodingError(f"{len(logits)} rows of logits for {len(offsets)} pieces")
    lattice = Lattice(logits, units(text, offsets), settings)
    return best_readings(text, lattice, settings.reranker, n_best=max(1, n_best))


def best_readings(text: str, lattice: Lattice, reranker: Reranker | None, *, n_best: int) -> list[Decoded]:
    """As decode, for a lattice that is there already."""
    count = max(n_best, reranker.candidates) if reranker else n_best
    found = [read_path(lattice, path, score) for path, score in lattice.best_paths(count)]
    return (reranker.rank(text, found) if reranker else found)[:n_best]


def read_path(lattice: Lattice, path: np.ndarray, score: float) -> Decoded:
    spans = tuple(
        Span(lattice.units[a].start, lattice.units[b - 1].end, label, lattice.span_probability(a, b, label))
        for a, b, label in lattice.unit_spans(path)
    )
    return Decoded(spans, float(min(1.0, np.exp(score - lattice.log_partition))), max(0.0, lattice.outside_risk(path)))


def path_of_spans(unit_list: Sequence[Unit], spans: Sequence[Span], scheme: LabelScheme) -> np.ndarray:
    """int [U]: the path that comes closest to the spans; a unit belongs to a span that covers at least half of it.

    Used to make training targets and to find the probability of a given reading. In IO, touching spans of one label run together.
    """
    ids = {name: index for index, name in enumerate(scheme.id2label)}
    path = np.full(len(unit_list), scheme.outside)
    for span in spans:
        prefix = "B-"
        for index, unit in enumerate(unit_list):
            covered = min(unit.end, span.end) - max(unit.start, span.start)
            if covered > 0 and 2 * covered >= unit.end - unit.start:
                path[index] = ids[prefix + span.label] if scheme.kind == "BIO" else scheme.labels.index(span.label)
                prefix = "I-"
    return path


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


def _log_sum(values: np.ndarray, axis: int | None) -> np.ndarray:
    """log(sum(exp(values))) that keeps -inf and does not overflow."""
    peak = np.max(values, axis=axis, keepdims=True)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - peak).sum(axis=axis)) + np.squeeze(peak, axis=axis)
