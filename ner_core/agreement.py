"""How far people who read the same titles agree: exact spans, and Krippendorff's alpha over tokens.

Alpha is our own forty lines: the PyPI package `krippendorff` is GPL, and this one is held to the example of its source,
Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ner_core.metrics import PRF, score_titles
from ner_core.spans import Span
from ner_core.text import Token, tokens

OUTSIDE = "O"


class TwoReadings(NamedTuple):
    """One title as two people read it, neither knowing of the other; both lists of spans are flat."""

    text: str
    first: Sequence[Span]
    second: Sequence[Span]


@dataclass(frozen=True)
class Agreement:
    """`f1`: exact spans, the same whichever reading is called gold; None where neither reading has a span.

    `alpha`: 1 is perfect, 0 is chance; None where the tokens have one value only, so that there is nothing to agree on.
    `spans`: of both readings together.
    """

    spans: int
    f1: float | None
    alpha: float | None


def agreement(readings: Sequence[TwoReadings]) -> Agreement:
    """Over all labels: each token's value is its label, or O."""
    scores = score_titles((reading.first, reading.second) for reading in readings)
    values = [pair for reading in readings for pair in _token_pairs(reading)]
    return _agreement(scores.micro, values)


def agreement_by_label(readings: Sequence[TwoReadings]) -> dict[str, Agreement]:
    """For each label that occurs: only its own spans, and each token's value is whether it has this label."""
    scores = score_titles((reading.first, reading.second) for reading in readings)
    values = [pair for reading in readings for pair in _token_pairs(reading)]
    return {
        label: _agreement(counts, [(one == label, other == label) for one, other in values])
        for label, counts in sorted(scores.labels.items())
    }


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Alpha for nominal values. A unit holds the values that its raters gave it, in any order and number; units with fewer than
    two are left out. None without such units, and where they all hold one and the same value."""
    unlike, totals = 0.0, Counter()
    for unit, times in Counter(tuple(unit) for unit in units if len(unit) > 1).items():
        counts = Counter(unit)
        pairs = len(unit) ** 2 - sum(count**2 for count in counts.values())
        unlike += times * pairs / (len(unit) - 1)
        totals.update({value: times * count for value, count in counts.items()})
    size = totals.total()
    expected = size**2 - sum(count**2 for count in totals.values())
    return 1 - (size - 1) * unlike / expected if expected else None


def token_labels(text: str, spans: Iterable[Span]) -> list[str]:
    """The label of each token of text.tokens: that of the span that covers any part of it, else O."""
    return _labels(tokens(text), list(spans))


def _labels(places: Sequence[Token], spans: Sequence[Span]) -> list[str]:
    return [
        next((span.label for span in spans if span.start < token.end and token.start < span.end), OUTSIDE)
        for token in places
    ]


def _token_pairs(reading: TwoReadings) -> list[tuple[str, str]]:
    places = tokens(reading.text)
    return list(zip(_labels(places, reading.first), _labels(places, reading.second), strict=True))


def _agreement(counts: PRF, values: Iterable[tuple]) -> Agreement:
    spans = 2 * counts.tp + counts.fp + counts.fn
    return Agreement(spans=spans, f1=counts.f1 if spans else None, alpha=krippendorff_alpha(values))
