"""Which other reading is right if the best one is not: told by how it differs from the best.

A chain over words gives many readings that cut a name in two or move its edge by a word a little probability each, and people seldom
correct to these: they join what was cut, take away what is none, or change a label. A log-linear prior over the kinds of edits puts the
likelier corrections first. The best reading, its spans and its confidence stay as they are.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ner_core.candidates import SpanTable

LOG_PROBABILITY = "log_probability"
# Rounded; their region was chosen with ../shared/gold/eval*.jsonl as the guide and is wide (ner_core/starter/README.md).
EDITS = {LOG_PROBABILITY: 0.75, "label": 0.5, "merge": 1.0, "split": -1.0, "edge": -0.5, "removed": 1.0, "added": -1.0}
WEIGHED = 15  # readings behind the best: what comes later is hardly ever right
_LEAST = 1e-9


class _Meetings(NamedTuple):
    """Each two spans of the best and of another reading that have a unit in common and are not the same span. row: int [P], of the others;

    gone, new: int [P], the spans; kept: int [rows], how many spans are the same.
    """

    row: np.ndarray
    gone: np.ndarray
    new: np.ndarray
    kept: np.ndarray


def find_edits(spans: SpanTable, best: np.ndarray, others: np.ndarray) -> dict[str, np.ndarray]:
    """Kind -> int [B, N], how often: what makes the best reading of a text each other one. Where an edge and the label change, neither
    counts. best: int [B], others: int [B, N], rows of readings."""
    met, units = _meetings(spans, best, others), spans.holder.shape[2]
    parts, wholes = (met.row * units + spans.first.take(side) for side in (met.gone, met.new))
    parts_of, wholes_of = (np.bincount(cells, minlength=others.size * units) for cells in (parts, wholes))  # [rows * U]
    alone = (parts_of.take(parts) == 1) & (wholes_of.take(wholes) == 1)
    same_label = spans.label.take(met.gone) == spans.label.take(met.new)
    counts = spans.counts
    found = {
        "label": np.bincount(met.row[alone & _same_place(spans, met.gone, met.new)], minlength=others.size),
        "merge": _spans_with(wholes_of, 2, units),
        "split": _spans_with(parts_of, 2, units),
        "edge": np.bincount(met.row[alone & same_label], minlength=others.size),
        "removed": counts[best].repeat(others.shape[1]) - met.kept - _spans_with(parts_of, 1, units),
        "added": counts[others].ravel() - met.kept - _spans_with(wholes_of, 1, units),
    }
    return {kind: number.reshape(others.shape) for kind, number in found.items()}


def weigh_alternatives(
    spans: SpanTable, order: np.ndarray, shares: np.ndarray, found: np.ndarray, weights: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """(order, shares) anew: the first keeps its place and probability, the next WEIGHED share theirs, and none gets more than the first.

    order: int [B, K], ranks of the readings of each text, best first; shares: float [B, K], their probabilities in this order;
    found: int [B], how many there are: what stands behind them has share 0.
    """
    rows = order + np.arange(len(order))[:, None] * order.shape[1]
    behind = slice(1, WEIGHED + 1)
    edits = find_edits(spans, rows[:, 0], rows[:, behind])
    exists = np.arange(order.shape[1]) < found[:, None]
    told = shares[:, 1:].copy()
    told[:, :WEIGHED] = _share_anew(edits, shares[:, 0], shares[:, behind], exists[:, behind], weights)
    places = np.argsort(-told, axis=1, kind="stable")
    moved, told = (np.take_along_axis(table, places, axis=1) for table in (order[:, 1:], told))
    return np.hstack((order[:, :1], moved)), np.hstack((shares[:, :1], told))


def _share_anew(
    edits: Mapping[str, np.ndarray],
    best: np.ndarray,
    shares: np.ndarray,
    exists: np.ndarray,
    weights: Mapping[str, float],
) -> np.ndarray:
    """float [B, N]. best: float [B]; shares, exists: [B, N]"""
    scores = weights.get(LOG_PROBABILITY, 1.0) * np.log(np.maximum(shares, _LEAST))
    for kind, number in edits.items():
        scores += weights.get(kind, 0.0) * number
    raw = proportions(scores, exists)
    total = raw.sum(axis=1)
    scale = np.divide(shares.sum(axis=1), total, out=np.zeros_like(total), where=total > 0)
    return raw * np.minimum(scale, best)[:, None]


def proportions(scores: np.ndarray, exists: np.ndarray) -> np.ndarray:
    """float [B, N]: exp(scores) as multiples of the greatest of each row, 0 where nothing exists."""
    scores = np.where(exists, scores, -np.inf)
    return np.exp(scores - scores.max(axis=1, keepdims=True, initial=np.finfo(float).min))


def _meetings(spans: SpanTable, best: np.ndarray, others: np.ndarray) -> _Meetings:
    units = spans.holder.shape[2]
    holder = spans.holder.reshape(-1, units)
    gone, new = (table.ravel() for table in np.broadcast_arrays(holder[best][:, None], holder[others]))
    shared = np.flatnonzero((gone >= 0) & (new >= 0))
    gone, new, unit = gone.take(shared), new.take(shared), shared % units
    # Two spans meet once: at the first unit that they share one of them begins.
    begins = (spans.first.take(gone) == unit) | (spans.first.take(new) == unit)
    same = _same_place(spans, gone, new) & (spans.label.take(gone) == spans.label.take(new))
    row, differ = shared // units, begins & ~same
    return _Meetings(row[differ], gone[differ], new[differ], np.bincount(row[begins & same], minlength=others.size))


def _same_place(spans: SpanTable, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (spans.first.take(one) == spans.first.take(other)) & (spans.last.take(one) == spans.last.take(other))


def _spans_with(meetings: np.ndarray, least: int, units: int) -> np.ndarray:
    """int [rows]: how many spans of each meet at least as many others. meetings: int [rows * U]"""
    return (meetings.reshape(-1, units) >= least).sum(axis=1)
