"""From logits to the n best readings, with probabilities that sum to one over all legal readings."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ner_core.beam import best_paths
from ner_core.candidates import Candidates, find_spans
from ner_core.chains import NEVER, Chains
from ner_core.labels import LABELS
from ner_core.lattice import DecoderSettings, DecodingError, Sums, check_finite, check_logits, emissions_of
from ner_core.properties import FEATURES, measure
from ner_core.spans import Span
from ner_core.units import Unit, unit_table, units

_CHUNK = 2048  # units that are decoded together: their tables stay within the cache


class Decoded(NamedTuple):
    """One reading. `probability` is its share of all legal readings; span scores are marginals over all legal readings.

    `outside_risk` is the highest P(not O) of a unit that this reading leaves outside, 0 if there is none.
    """

    spans: tuple[Span, ...]
    probability: float
    outside_risk: float


_EMPTY = Decoded((), 1.0, 0.0)  # the one reading of a text without units


class Pieced(NamedTuple):
    """What the model said of one text. offsets: [pieces] code-point ranges in text; logits: float [pieces, C]."""

    text: str
    offsets: Sequence[tuple[int, int]]
    logits: np.ndarray


class Measured(NamedTuple):
    """The best readings of a text in the decoder's own order; table: float [readings, FEATURES], their properties."""

    readings: list[Decoded]
    table: np.ndarray


class _United(NamedTuple):
    text: str
    units: list[Unit]
    logits: np.ndarray


class _Group(NamedTuple):
    """What was found of some texts with units. outside: float [B, U], P(unit is left outside), 1 where there is no unit."""

    candidates: Candidates
    outside: np.ndarray


def decode(
    text: str, offsets: Sequence[tuple[int, int]], logits: np.ndarray, settings: DecoderSettings, *, n_best: int = 1
) -> list[Decoded]:
    """The n best readings of a text, best first; their spans are sorted and do not overlap. Raises DecodingError."""
    return decode_all([Pieced(text, offsets, logits)], settings, n_best=n_best)[0]


def decode_all(given: Sequence[Pieced], settings: DecoderSettings, *, n_best: int = 1) -> list[list[Decoded]]:
    """As decode, for many texts at once."""
    n_best, reranker = max(1, n_best), settings.reranker
    readings = [[_EMPTY] for _one in given]
    for indices, found in _solve(given, settings, max(n_best, reranker.candidates) if reranker else n_best):
        order, shares = reranker.order(found.candidates) if reranker else _own_order(found.candidates)
        for index, decoded in zip(indices, _decoded(found, order[:, :n_best], shares[:, :n_best]), strict=True):
            readings[index] = decoded
    return readings


def measure_all(given: Sequence[Pieced], settings: DecoderSettings, *, n_best: int) -> list[Measured]:
    """The n best readings of each text without a reranker, and what one may learn from."""
    measured = [Measured([_EMPTY], np.zeros((1, len(FEATURES)))) for _one in given]
    for indices, found in _solve(given, settings, n_best):
        tables = measure(found.candidates).table().reshape(len(indices), n_best, -1)
        for index, readings, table in zip(indices, _decoded(found, *_own_order(found.candidates)), tables, strict=True):
            measured[index] = Measured(readings, table[: len(readings)])
    return measured


def _solve(given: Sequence[Pieced], settings: DecoderSettings, count: int) -> Iterator[tuple[list[int], _Group]]:
    """The texts that have units in groups, and `count` readings of each."""
    united = [_unite(one, settings) for one in given]
    for group in _groups([len(one.units) for one in united]):
        yield group, _candidates([united[index] for index in group], settings, count)


def _unite(given: Pieced, settings: DecoderSettings) -> _United:
    if len(given.logits) != len(given.offsets):
        raise DecodingError(f"{len(given.logits)} rows of logits for {len(given.offsets)} pieces")
    found = units(given.text, given.offsets)
    check_logits(given.logits, found, settings.scheme)
    if not found:
        check_finite(given.logits)
    return _United(given.text, found, given.logits)


def _groups(sizes: Sequence[int]) -> list[list[int]]:
    """Indices of the texts that have units, longest first, in groups of at most _CHUNK units, padding included."""
    groups: list[list[int]] = []
    for index in sorted((index for index, size in enumerate(sizes) if size), key=lambda index: -sizes[index]):
        if groups and (len(groups[-1]) + 1) * sizes[groups[-1][0]] <= _CHUNK:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _candidates(group: Sequence[_United], settings: DecoderSettings, count: int) -> _Group:
    table = unit_table([one.units for one in group])
    rows = emissions_of([one.logits for one in group], table, settings)
    chains = Chains(rows, np.array([len(one.units) for one in group]), settings.moves)
    sums, paths = Sums(chains), best_paths(chains, count)
    starts, ends = np.zeros((2, *chains.has_unit.shape), dtype=np.intp)
    starts[chains.has_unit], ends[chains.has_unit] = table[:, 2], table[:, 3]
    exists = paths.scores > NEVER
    read = exists[:, :, None] & chains.has_unit[:, None]
    spans = find_spans(np.where(read, paths.classes, settings.scheme.outside), settings.scheme)
    candidates = Candidates(
        [one.text for one in group],
        starts,
        ends,
        sums.path_probabilities(paths),
        exists,
        spans,
        sums.span_probabilities(paths, spans),
    )
    return _Group(candidates, np.where(chains.has_unit, sums.outside, 1.0))


def _own_order(candidates: Candidates) -> tuple[np.ndarray, np.ndarray]:
    """As Reranker.order, by the decoder alone."""
    return np.broadcast_to(np.arange(candidates.exists.shape[1]), candidates.exists.shape), candidates.probabilities


def _decoded(found: _Group, order: np.ndarray, shares: np.ndarray) -> Iterator[list[Decoded]]:
    """The readings of each text that exist. order: int [B, N], ranks; shares: float [B, N], their probabilities."""
    exists, holder = found.candidates.exists, found.candidates.spans.holder
    held = np.take_along_axis(holder, order[:, :, None], axis=1) >= 0
    risks = np.where(held, 0.0, 1.0 - found.outside[:, None]).max(axis=2).tolist()
    rows = order + np.arange(len(order))[:, None] * exists.shape[1]
    spans = _spans_of(found.candidates, rows.ravel())
    counts = exists.sum(axis=1).tolist()
    for count, *columns in zip(counts, rows.tolist(), shares.tolist(), risks, strict=True):
        yield [
            Decoded(spans[row], share, risk)
            for row, share, risk in zip(*(column[:count] for column in columns), strict=True)
        ]


def _spans_of(candidates: Candidates, rows: np.ndarray) -> dict[int, tuple[Span, ...]]:
    """Row of a reading -> its spans. Readings of a text share the spans that they have in common."""
    table = candidates.spans
    wanted = np.zeros(candidates.exists.size, dtype=bool)
    wanted[rows] = True
    chosen = np.flatnonzero(wanted[table.reading])
    text = table.text[chosen]
    places = (
        text,
        candidates.starts[text, table.first[chosen]],
        candidates.ends[text, table.last[chosen]],
        table.label[chosen],
    )
    found: dict[int, list[Span]] = {row: [] for row in rows.tolist()}
    made: dict[tuple[int, int, int, int], Span] = {}
    for row, score, *place in zip(
        table.reading[chosen].tolist(),
        candidates.scores[chosen].tolist(),
        *(column.tolist() for column in places),
        strict=True,
    ):
        key = tuple(place)
        if key not in made:
            made[key] = Span(key[1], key[2], LABELS[key[3]], score)
        found[row].append(made[key])
    return {row: tuple(spans) for row, spans in found.items()}
