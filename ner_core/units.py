"""Units: the pieces of a text joined so that a span may begin and end at each unit, and nowhere else."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
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
