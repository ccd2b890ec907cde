"""The n best readings in a better order: what a chain over words cannot see, because it looks at whole spans and what stands between them.

"I am Hardstyle" as event information comes after readings that cut it in two, since each word is scored by itself. A log-linear model over
a few properties of a reading (Collins and Koo 2005, "Discriminative Reranking for Natural Language Parsing") puts it where it belongs.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from operator import mul
from typing import Protocol, Self, TypeVar

import numpy as np

from ner_core.alternatives import EDITS, weigh_alternatives
from ner_core.labels import LABELS
from ner_core.spans import Span

_OPENS = re.compile(r"(?:[|/•·:;,+&@(\[–—*\"“]|\s-)\s*$")
_CLOSES = re.compile(r"\s*(?:[|/•·:;,+&@)\]–—*\"”]|-\s)")
_HARD = re.compile(r"\s*(?:[|/•:;,@]|\s[-–—]+\s)\s*")  # what seldom stands inside a name
_PARTNER = re.compile(r"\s[&+x]\s|,")
_LIST = re.compile(r"^\s*(?:[,/+&•|]|x|vs\.?|b2b|and|et|und|en|y)\s*$", re.IGNORECASE)
_DASH = re.compile(r"^\s*[-–—:|]+\s*$")
_LEAST = 1e-9
_TOUCHING = tuple(f"touch_{one}_{other}" for one in LABELS for other in LABELS)
_DASHED = tuple(f"dash_{one}_{other}" for one in LABELS for other in LABELS)
_WHOLE = ("log_probability", "log_scores", "log_least_score", "spans", "empty", "uncovered_words")
FEATURES = (
    *_WHOLE[:4], *(f"spans_{label}" for label in LABELS), *_WHOLE[4:],
    "small_letter", "one_word", "sign_at_edge", "separator_inside", "partners_in_PER", "partners_in_other", "fills", "half_fills", "inside",
    "touch_same", "touch_other", *_TOUCHING, "list_same", "list_other", *_DASHED,
)  # fmt: skip


class Candidate(Protocol):
    """A reading with its raw probability and its spans in order; decoding.Decoded is one."""

    spans: Sequence[Span]
    probability: float

    def _replace(self, *, probability: float) -> Self: ...


C = TypeVar("C", bound=Candidate)


@dataclass(frozen=True)
class Reranker:
    """weights: of FEATURES, those that are not 0; candidates: how many readings of the decoder are put in order; edits: what then weighs
    the readings behind the best by how they differ from it (alternatives.EDITS), nothing in older checkpoints."""

    weights: Mapping[str, float]
    candidates: int
    edits: Mapping[str, float] = field(default_factory=dict)

    def rank(self, text: str, found: Sequence[C]) -> list[C]:
        """The candidates, best first, with the probabilities of `order`."""
        return [found[index]._replace(probability=share) for index, share in self.order(text, found)]

    def order(self, text: str, found: Sequence[Candidate]) -> list[tuple[int, float]]:
        """(index, probability) of each candidate, best first. They share their probability anew; what none of them has stays with
        the readings beyond."""
        if len(found) < 2:
            return [(index, one.probability) for index, one in enumerate(found)]
        scores = self._scores(_Measure(text), found)
        peak = max(scores)
        shares = [math.exp(score - peak) for score in scores]
        scale = sum(one.probability for one in found) / sum(shares)
        ordered = sorted(((index, share * scale) for index, share in enumerate(shares)), key=lambda pair: -pair[1])
        return self._by_edits(ordered, found) if self.edits else ordered

    def _by_edits(self, ordered: list[tuple[int, float]], found: Sequence[Candidate]) -> list[tuple[int, float]]:
        spans, shares = [found[index].spans for index, _share in ordered], [share for _index, share in ordered]
        return [(ordered[place][0], share) for place, share in weigh_alternatives(spans, shares, self.edits)]

    def _scores(self, measure: "_Measure", found: Sequence[Candidate]) -> list[float]:
        """The dot product of weights and `features` of each. Candidates share most of their Span objects: each is measured once."""
        whole = [self.weights.get(name, 0.0) for name in _WHOLE]
        spans: dict[int, float] = {}
        pairs: dict[tuple[int, int], float] = {}
        scores = []
        for reading in found:
            score, before = sum(map(mul, whole, measure.whole(reading))), None
            for span in reading.spans:
                key = id(span)
                if key not in spans:
                    spans[key] = self._weigh(measure.span(span))
                score += spans[key]
                if before is not None:
                    pair = id(before), key
                    if pair not in pairs:
                        pairs[pair] = self._weigh(measure.pair(before, span))
                    score += pairs[pair]
                before = span
            scores.append(score)
        return scores

    def _weigh(self, names: Iterable[str]) -> float:
        return sum(self.weights.get(name, 0.0) for name in names)

    def to_dict(self) -> dict:
        edits = {"edits": dict(self.edits)} if self.edits else {}
        return {"weights": dict(self.weights), "candidates": self.candidates} | edits

    @classmethod
    def from_dict(cls, data: Mapping) -> "Reranker":
        """Raises ValueError for what is no property of a reading, and for weights that are no numbers."""
        weights = _finite(data["weights"], FEATURES)
        return cls(weights, max(1, int(data["candidates"])), _finite(data.get("edits") or {}, EDITS))


def _finite(given: Mapping, known: Iterable[str]) -> dict[str, float]:
    weights = {str(name): float(weight) for name, weight in given.items()}
    if unknown := set(weights) - set(known):
        raise ValueError(f"unknown properties of readings: {sorted(unknown)}")
    if not all(math.isfinite(weight) for weight in weights.values()):
        raise ValueError("weights must be finite numbers")
    return weights


def features(text: str, reading: Candidate) -> np.ndarray:
    """float [FEATURES]"""
    measure = _Measure(text)
    found = dict.fromkeys(FEATURES, 0.0) | dict(zip(_WHOLE, measure.whole(reading), strict=True))
    for name in chain(
        *map(measure.span, reading.spans), *(measure.pair(one, other) for one, other in pairwise(reading.spans))
    ):
        found[name] += 1
    return np.fromiter(found.values(), dtype=float, count=len(FEATURES))


class _Measure:
    """The properties of readings of one text: those of a whole reading with their values, those that a span or a pair of spans has."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = sum(word[:1].isupper() or word[:1].isdigit() for word in text.split())
        self._places: dict[tuple[int, int], tuple[list[str], bool]] = {}
        self._covered: dict[int, tuple[int, float]] = {}

    def whole(self, reading: Candidate) -> tuple[float, ...]:
        """The values of _WHOLE."""
        covered, total, least = 0, 0.0, 0.0
        for span in reading.spans:
            words, score = self._covered.get(id(span)) or self._cover(span)
            covered += words
            total += score
            least = min(least, score)
        probability, spans = math.log(max(reading.probability, _LEAST)), len(reading.spans)
        return probability, total, least, spans, not spans, max(0, self._words - covered)

    def _cover(self, span: Span) -> tuple[int, float]:
        """Number of words, log score."""
        words = len(self._text[span.start : span.end].split())
        self._covered[id(span)] = found = words, math.log(max(span.score or _LEAST, _LEAST))
        return found

    def span(self, span: Span) -> list[str]:
        place = span.start, span.end
        if place not in self._places:
            self._places[place] = self._place(*place)
        names, has_partners = self._places[place]
        partners = ["partners_in_PER" if span.label == "PER" else "partners_in_other"] if has_partners else []
        return [f"spans_{span.label}", *names, *partners]

    def _place(self, start: int, end: int) -> tuple[list[str], bool]:
        """What does not depend on the label, and whether the words may be partners."""
        words, before, after = self._text[start:end], self._text[:start], self._text[end:]
        opens = not before.strip() or bool(_OPENS.search(before))
        closes = not after.strip() or bool(_CLOSES.match(after))
        has = {
            "small_letter": words[:1].islower(),
            "one_word": len(words.split()) == 1,
            "sign_at_edge": not words[-1].isalnum() and words[-1] not in ")!?.",
            "separator_inside": _HARD.search(words),
        }
        names = [name for name, is_so in has.items() if is_so]
        return [("inside", "half_fills", "fills")[opens + closes], *names], bool(_PARTNER.search(words))

    def pair(self, one: Span, other: Span) -> list[str]:
        gap, kind = self._text[one.end : other.start], "same" if one.label == other.label else "other"
        if not gap.strip():
            return [f"touch_{kind}", f"touch_{one.label}_{other.label}"]
        if _LIST.match(gap):
            return [f"list_{kind}"]
        return [f"dash_{one.label}_{other.label}"] if _DASH.match(gap) else []
