"""Units: the pieces of a text joined so that a span may begin and end at each unit, and nowhere else."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from ner_core.labels import LabelScheme
from ner_core.spans import Span
from ner_core.text import boundaries


class Unit(NamedTuple):
    """Pieces first..last-1 (last exclusive), which stand for text[start:end]."""

    first: int
    last: int
    start: int
    end: int


def units(text: str, offsets: Sequence[tuple[int, int]]) -> list[Unit]:
    """Joins pieces to units. `offsets` are the pieces' code-point ranges in text, ascending; they may overlap or be empty.

    A unit begins at a piece before which there is a boundary of the text that lies after all former pieces. Pieces without a
    visible character belong to the unit that follows, or to the last one. A unit's range is widened to whole tokens where the
    tokenizer dropped characters (combining marks, joiners).
    """
    edges = boundaries(text)
    firsts: list[int] = []  # of each unit: its first piece, where it begins, how far its pieces reach
    starts: list[int] = []
    ends: list[int] = []
    seen = reach = 0  # pieces up to the last visible one, and how far these reach
    for index, (start, end) in enumerate(_trim(text, *offset) for offset in offsets):
        if start == end:
            continue
        edge = edges[bisect_right(edges, start) - 1]
        if not firsts or edge >= reach:
            firsts.append(seen)
            starts.append(edge)
            ends.append(end)
            reach = end
        elif end > reach:
            ends[-1] = reach = end
        seen = index + 1
    limits = [*starts[1:], len(text)]
    widened = (_widen(text, edges, *place) for place in zip(starts, ends, limits, strict=False))
    return [Unit(*one) for one in zip(firsts, [*firsts[1:], len(offsets)], starts, widened, strict=False)]


def unit_table(unit_lists: Sequence[Sequence[Unit]]) -> np.ndarray:
    """int [units of all, 4]: first, last, start, end of each."""
    values = chain.from_iterable(chain.from_iterable(unit_lists))
    return np.fromiter(values, dtype=np.intp).reshape(-1, len(Unit._fields))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _widen(text: str, edges: list[int], start: int, end: int, limit: int) -> int:
    """Where a unit ends: at the next edge, but not behind its limit."""
    end = min(edges[bisect_left(edges, end)], limit)
    return _trim(text, start, end)[1]


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
