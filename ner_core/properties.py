"""The properties of readings that their order is learnt from and decided by: of the whole, of its spans, and of neighbours among them."""

from dataclasses import dataclass

import numpy as np

from ner_core.candidates import Candidates
from ner_core.labels import LABELS
from ner_core.places import GAPS, Places, Texts

_LEAST = 1e-9
_TOUCHING = tuple(f"touch_{one}_{other}" for one in LABELS for other in LABELS)
_DASHED = tuple(f"dash_{one}_{other}" for one in LABELS for other in LABELS)
_WHOLE = ("log_probability", "log_scores", "log_least_score", "spans", "empty", "uncovered_words")
FEATURES = (
    *_WHOLE[:4], *(f"spans_{label}" for label in LABELS), *_WHOLE[4:],
    "small_letter", "one_word", "sign_at_edge", "separator_inside", "partners_in_PER", "partners_in_other", "fills", "half_fills", "inside",
    "touch_same", "touch_other", *_TOUCHING, "list_same", "list_other", *_DASHED,
)  # fmt: skip
_AT = {name: place for place, name in enumerate(FEATURES)}
_NONE = len(FEATURES)  # stands for a property that a span does not have


_SPANS = np.array([_AT[f"spans_{label}"] for label in LABELS])
_PARTNERS = np.array([_AT["partners_in_PER" if label == "PER" else "partners_in_other"] for label in LABELS])
_FILLING = np.array([_AT[name] for name in ("inside", "half_fills", "fills")])


def _of_gap(gap: str, one: str, other: str) -> list[int]:
    """The properties of two spans with these labels on the left and the right of a gap."""
    return [_AT.get(name, _NONE) for name in (f"{gap}_{'same' if one == other else 'other'}", f"{gap}_{one}_{other}")]


_PAIRS = np.array([[[_of_gap(gap, one, other) for other in LABELS] for one in LABELS] for gap in GAPS])


@dataclass(frozen=True)
class Properties:
    """Of R readings with S spans and P pairs of neighbours.

    whole: float [_WHOLE, R], values; of_spans: int [7, S] and of_pairs: int [2, P], the properties that each has, as places in FEATURES;
    span_reading: int [S] and pair_reading: int [P], whose they are.
    """

    whole: np.ndarray
    of_spans: np.ndarray
    span_reading: np.ndarray
    of_pairs: np.ndarray
    pair_reading: np.ndarray

    def scores(self, weights: np.ndarray) -> np.ndarray:
        """float [R]: table() @ weights, without the table. weights: float [FEATURES]"""
        each = np.append(weights, 0.0)
        total = weights[[_AT[name] for name in _WHOLE]] @ self.whole
        for held, reading in ((self.of_spans, self.span_reading), (self.of_pairs, self.pair_reading)):
            total += np.bincount(reading, each.take(held).sum(axis=0), minlength=len(total))
        return total

    def table(self) -> np.ndarray:
        """float [R, FEATURES]: the value, or how many spans or pairs have it."""
        shape = self.whole.shape[1], len(FEATURES) + 1
        cells = np.concatenate(
            [
                (reading * shape[1] + held).ravel()
                for held, reading in ((self.of_spans, self.span_reading), (self.of_pairs, self.pair_reading))
            ]
        )
        table = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)[:, :_NONE].astype(float)
        table[:, [_AT[name] for name in _WHOLE]] = self.whole.T
        return table


def measure(candidates: Candidates) -> Properties:
    spans = candidates.spans
    texts = Texts(candidates.texts, candidates.starts, candidates.ends)
    places = texts.places(spans)
    left = np.flatnonzero(spans.reading[1:] == spans.reading[:-1])
    labels = spans.label.take(left), spans.label.take(left + 1)
    return Properties(
        whole=_whole(candidates, places.words, texts.capital_words()),
        of_spans=_of_spans(places, spans.label),
        span_reading=spans.reading,
        of_pairs=_PAIRS[texts.gaps(spans, left), *labels].T,
        pair_reading=spans.reading.take(left),
    )


def _whole(candidates: Candidates, words: np.ndarray, capital_words: np.ndarray) -> np.ndarray:
    """float [_WHOLE, B * K]"""
    reading, counts = candidates.spans.reading, candidates.spans.counts
    logs = np.log(np.maximum(candidates.scores, _LEAST))
    least = np.zeros(len(counts))
    np.minimum.at(least, reading, logs)
    covered = np.bincount(reading, words, minlength=len(counts))
    all_words = capital_words.repeat(len(counts) // len(capital_words))
    return np.array([
        np.log(np.maximum(candidates.probabilities, _LEAST)).ravel(),
        np.bincount(reading, logs, minlength=len(counts)),
        least,
        counts,
        counts == 0,
        np.maximum(0, all_words - covered),
    ])  # fmt: skip


def _of_spans(places: Places, label: np.ndarray) -> np.ndarray:
    """int [7, S]"""
    has = {
        "small_letter": places.small_letter,
        "one_word": places.words == 1,
        "sign_at_edge": places.sign_at_edge,
        "separator_inside": places.separator_inside,
    }
    return np.array([
        _SPANS.take(label),
        _FILLING.take(places.free_edges),
        np.where(places.partners, _PARTNERS.take(label), _NONE),
        *(np.where(held, _AT[name], _NONE) for name, held in has.items()),
    ])  # fmt: skip
