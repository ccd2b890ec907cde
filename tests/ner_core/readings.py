"""Readings that a test has written down, as the arrays that the decoder makes of what it finds."""

from collections.abc import Sequence

import numpy as np

from ner_core.candidates import Candidates, find_spans
from ner_core.decoding import Decoded
from ner_core.labels import LabelScheme
from ner_core.reranking import Reranker
from ner_core.units import Unit, path_of_spans

SCHEME = LabelScheme.bio()


def candidates_of(text: str, found: Sequence[Decoded]) -> Candidates:
    """Each visible character is a unit."""
    visible = [index for index, char in enumerate(text) if not char.isspace()]
    unit_list = [Unit(rank, rank + 1, index, index + 1) for rank, index in enumerate(visible)]
    starts = np.array([visible])
    return Candidates(
        [text],
        starts,
        starts + 1,
        np.array([[one.probability for one in found]]),
        np.ones((1, len(found)), dtype=bool),
        find_spans(np.array([[path_of_spans(unit_list, one.spans, SCHEME) for one in found]]), SCHEME),
        np.array([span.score for one in found for span in one.spans], dtype=float),
    )


def rank(reranker: Reranker, text: str, found: Sequence[Decoded]) -> list[Decoded]:
    """The readings in the order of the reranker, with its probabilities."""
    order, shares = reranker.order(candidates_of(text, found))
    return [
        found[index]._replace(probability=share)
        for index, share in zip(order[0].tolist(), shares[0].tolist(), strict=True)
    ]
