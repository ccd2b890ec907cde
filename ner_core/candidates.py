"""Many readings of many texts as arrays: what the decoder has found, before the few that are returned become objects.

B texts have at most U units and K readings each. A reading is told by its row, text * K + rank; spans stand by row and place.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ner_core.labels import LabelScheme


class SpanTable(NamedTuple):
    """S spans. reading, text: int [S], whose they are; first, last: int [S], their units, both inclusive; label: int [S], in LABELS;

    holder: int [B, K, U]: the span that holds each unit, -1 outside.
    """

    reading: np.ndarray
    text: np.ndarray
    first: np.ndarray
    last: np.ndarray
    label: np.ndarray
    holder: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """int [B * K]: how many spans each reading has."""
        texts, ranks, _units = self.holder.shape
        return np.bincount(self.reading, minlength=texts * ranks)


class Candidates(NamedTuple):
    """texts: B texts in normal form; starts, ends: int [B, U], the code points of each unit, 0 beyond the last;

    probabilities: float [B, K], of all legal readings; exists: bool [B, K], false where a text has fewer readings;
    spans: their spans; scores: float [S], how likely each is.
    """

    texts: Sequence[str]
    starts: np.ndarray
    ends: np.ndarray
    probabilities: np.ndarray
    exists: np.ndarray
    spans: SpanTable
    scores: np.ndarray


def find_spans(classes: np.ndarray, scheme: LabelScheme) -> SpanTable:
    """The spans of legal paths. classes: int [B, K, U], O where there is no unit."""
    ranks, units = classes.shape[1:]
    labels = scheme.label_ids.take(classes)
    opens = labels >= 0
    closes = opens.copy()
    before, after = classes[..., :-1], classes[..., 1:]
    parted = ~scheme.continues.take(before * len(scheme.id2label) + after)
    opens[..., 1:] &= parted
    closes[..., :-1] &= parted
    first, last = np.flatnonzero(opens), np.flatnonzero(closes)
    holder = np.where(labels >= 0, np.cumsum(opens).reshape(opens.shape) - 1, -1)
    reading = first // units
    begin = reading * units
    return SpanTable(reading, reading // ranks, first - begin, last - begin, labels.take(first), holder)
