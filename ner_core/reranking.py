"""The n best readings in a better order: what a chain over words cannot see, because it looks at whole spans and what stands between them.

"I am Hardstyle" as event information comes after readings that cut it in two, since each word is scored by itself. A log-linear model over
a few properties of a reading (Collins and Koo 2005, "Discriminative Reranking for Natural Language Parsing") puts it where it belongs.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol, Self, TypeVar

import numpy as np

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
FEATURES = (
    "log_probability", "log_scores", "log_least_score", "spans", *(f"spans_{label}" for label in LABELS), "empty", "uncovered_words",
    "small_letter", "one_word", "sign_at_edge", "separator_inside", "partners_in_PER", "partners_in_other", "fills", "half_fills", "inside",
    "touch_same", "touch_other", *_TOUCHING, "list_same", "list_other", *_DASHED,
)  # fmt: skip


class Candidate(Protocol):
    """A reading with its raw probability; decoding.Decoded is one."""

    spans: Sequence[Span]
    probability: float

    def _replace(self, *, probability: float) -> Self: ...


C = TypeVar("C", bound=Candidate)


@dataclass(frozen=True)
class Reranker:
    """weights: of FEATURES, those that are not 0; candidates: how many readings of the decoder are put in order."""

    weights: Mapping[str, float]
    candidates: int

    def rank(self, text: str, found: Sequence[C]) -> list[C]:
        """The candidates, best first. They share their probability anew; what none of them has stays with the readings beyond."""
        if len(found) < 2:
            return list(found)
        scores = np.array([features(text, candidate) for candidate in found]) @ self._vector
        shares = np.exp(scores - scores.max())
        shares *= sum(candidate.probability for candidate in found) / shares.sum()
        order = np.argsort(-shares, kind="stable")
        return [found[index]._replace(probability=float(shares[index])) for index in order]

    @cached_property
    def _vector(self) -> np.ndarray:
        return np.array([self.weights.get(name, 0.0) for name in FEATURES])

    def to_dict(self) -> dict:
        return {"weights": dict(self.weights), "candidates": self.candidates}

    @classmethod
    def from_dict(cls, data: Mapping) -> "Reranker":
        """Raises ValueError for what is no property of a reading, and for weights that are no numbers."""
        weights = {str(name): float(weight) for name, weight in data["weights"].items()}
        if unknown := set(weights) - set(FEATURES):
            raise ValueError(f"unknown properties of readings: {sorted(unknown)}")
        if not all(math.isfinite(weight) for weight in weights.values()):
            raise ValueError("weights must be finite numbers")
        return cls(weights, max(1, int(data["candidates"])))


def features(text: str, reading: Candidate) -> np.ndarray:
    """float [FEATURES]"""
    spans = sorted(reading.spans)
    found = dict.fromkeys(FEATURES, 0.0)
    scores = [math.log(max(span.score or _LEAST, _LEAST)) for span in spans]
    words = sum(word[:1].isupper() or word[:1].isdigit() for word in text.split())
    covered = sum(len(text[span.start : span.end].split()) for span in spans)
    found |= {
        "log_probability": math.log(max(reading.probability, _LEAST)),
        "log_scores": sum(scores),
        "log_least_score": min(scores, default=0.0),
        "spans": len(spans),
        "empty": not spans,
        "uncovered_words": max(0, words - covered),
    }
    for span in spans:
        _count_span(text, span, found)
    for one, other in pairwise(spans):
        _count_pair(text, one, other, found)
    return np.fromiter(found.values(), dtype=float, count=len(FEATURES))


def _count_span(text: str, span: Span, found: dict[str, float]) -> None:
    words = text[span.start : span.end]
    found[f"spans_{span.label}"] += 1
    found["small_letter"] += words[:1].islower()
    found["one_word"] += len(words.split()) == 1
    found["sign_at_edge"] += not words[-1].isalnum() and words[-1] not in ")!?."
    found["separator_inside"] += bool(_HARD.search(words))
    found["partners_in_PER" if span.label == "PER" else "partners_in_other"] += bool(_PARTNER.search(words))
    before, after = text[: span.start], text[span.end :]
    opens = not before.strip() or bool(_OPENS.search(before))
    closes = not after.strip() or bool(_CLOSES.match(after))
    found[("inside", "half_fills", "fills")[opens + closes]] += 1


def _count_pair(text: str, one: Span, other: Span, found: dict[str, float]) -> None:
    gap, kind = text[one.end : other.start], "same" if one.label == other.label else "other"
    if not gap.strip():
        found[f"touch_{kind}"] += 1
        found[f"touch_{one.label}_{other.label}"] += 1
    elif _LIST.match(gap):
        found[f"list_{kind}"] += 1
    elif _DASH.match(gap):
        found[f"dash_{one.label}_{other.label}"] += 1
