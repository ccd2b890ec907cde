"""Fits how much a known name tells (ner_core.known_names.KnownNamesRule) on titles that the model was not trained on."""

import math
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ner_core.gazetteer import artist_key
from ner_core.known_names import (
    PERFORMER,
    SHORTEST_KEY,
    KnownName,
    KnownNamesRule,
    features,
    longest,
    phrases,
    with_missed_names,
)
from ner_core.spans import Span
from ner_core.tagger import Reading

_PRIOR = 0.5  # strength of the pull towards "tells nothing"
_STEPS, _RATE = 2000, 0.2
Table = frozenset[str]


class Sample(NamedTuple):
    """A title's n best readings with calibrated confidences, what is right, and the known names in it; same offsets in all."""

    reading: Reading
    spans: tuple[Span, ...]
    known: tuple[KnownName, ...]


def table_of(names: Iterable[str], *, share: float = 1.0, seed: int = 1) -> Table:
    """The keys of a random share of the names."""
    chance = random.Random(seed)
    keys = sorted({artist_key(name) for name in names if name.strip()})
    return frozenset(key for key in keys if chance.random() < share)


def known_in(text: str, table: Collection[str]) -> tuple[KnownName, ...]:
    """What annotator.domain.known_names finds, from a set of keys."""
    keyed = ((artist_key(text[start:end]), start, end, short) for start, end, short in phrases(text))
    found = (
        KnownName(start, end, short) for key, start, end, short in keyed if len(key) >= SHORTEST_KEY and key in table
    )
    return tuple(longest(found))


def fit_rule(samples: Sequence[Sample]) -> KnownNamesRule:
    """Maximum likelihood of the right reading among the n best, the offered one and "none of these", with a Gaussian prior; then, of
    agreeing spans, the shift that makes their mean score the share that is right."""
    cases = [_case(sample) for sample in samples if sample.known]
    agrees, agrees_short, missed, other, offer = (round(float(weight), 2) for weight in _fit_weights(cases))
    return KnownNamesRule(
        agrees,
        agrees_short,
        missed,
        other,
        offer,
        span=_shift(samples, is_short=False),
        span_short=_shift(samples, is_short=True),
    )


class _Case(NamedTuple):
    """base: [candidates + 1] log shares; told: [candidates + 1, 5] features; right: index, the last one is "none of these"."""

    base: np.ndarray
    told: np.ndarray
    right: int


def _case(sample: Sample) -> _Case:
    readings = [sample.reading, *sample.reading.alternatives]
    shares = [max(1e-6, one.confidence) for one in readings]
    told = [[*features(one.spans, sample.known), 0] for one in readings]
    if offered := with_missed_names(sample.reading, sample.known):
        readings.append(offered)
        shares.append(shares[0])
        told.append([*features(offered.spans, sample.known), 1])
    rest = max(1e-6, 1 - sum(one.confidence for one in (sample.reading, *sample.reading.alternatives)))
    right = {span.triple for span in sample.spans}
    at = next(
        (index for index, one in enumerate(readings) if {span.triple for span in one.spans} == right), len(readings)
    )
    return _Case(np.log([*shares, rest]), np.array([*told, [0] * 5], float), at)


def _fit_weights(cases: Sequence[_Case]) -> np.ndarray:
    """float [5]: gradient ascent on the mean log likelihood; cases are padded to the longest with candidates that have no chance."""
    weights = np.zeros(5)
    if not cases:
        return weights
    longest_case = max(len(case.base) for case in cases)
    base = np.full((len(cases), longest_case), -np.inf)
    told = np.zeros((len(cases), longest_case, 5))
    for row, case in enumerate(cases):
        base[row, : len(case.base)], told[row, : len(case.base)] = case.base, case.told
    right = told[np.arange(len(cases)), [case.right for case in cases]]
    for _ in range(_STEPS):
        scores = base + told @ weights
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        gradient = (right - np.einsum("nk,nkf->nf", chances, told)).mean(axis=0) - _PRIOR / len(cases) * weights
        weights = weights + _RATE * gradient
    return weights


def _shift(samples: Sequence[Sample], *, is_short: bool) -> float:
    pairs = [pair for sample in samples for pair in _agreeing(sample, is_short=is_short)]
    if not pairs:
        return 0.0
    right = sum(hit for _score, hit in pairs)

    def gap(shift: float) -> float:
        return sum(_moved(score, shift) for score, _hit in pairs) - right

    return round(_root(gap, -4.0, 4.0), 2)


def _agreeing(sample: Sample, *, is_short: bool) -> list[tuple[float, bool]]:
    names = {(name.start, name.end) for name in sample.known if name.is_short is is_short}
    right = {span.triple for span in sample.spans}
    return [
        (span.score or 0.0, span.triple in right)
        for span in sample.reading.spans
        if span.label == PERFORMER and (span.start, span.end) in names
    ]


def _moved(score: float, shift: float) -> float:
    score = min(0.999, max(1e-6, score))
    return 1 / (1 + math.exp(-(math.log(score / (1 - score)) + shift)))


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
