"""Deterministic stand-ins for tests: no model, no weights, the same answer on every machine."""

import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ner_core.labels import LABELS
from ner_core.spans import Span
from ner_core.tagger import Reading
from ner_core.text import tokens


class FakeTagger:
    """Answers from `script` where it names the text; else makes each run of capitalised words a span by its checksum."""

    def __init__(self, version: str = "fake", script: Mapping[str, Reading] | None = None) -> None:
        self.version = version
        self.labels = LABELS
        self.calls: list[list[str]] = []
        self._script = dict(script or {})

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
        self.calls.append(list(texts))
        return [self._script.get(text) or fake_reading(text, n_best=n_best) for text in texts]


def fake_reading(text: str, *, n_best: int = 3) -> Reading:
    """Labels, scores and confidence follow from checksums of the words, so they differ between texts but never between runs."""
    spans = tuple(_fake_span(text, start, end) for start, end in _capitalised_runs(text))
    confidence = min((span.score or 0.0 for span in spans), default=_chance(text))
    fewer = [Reading(spans[:at] + spans[at + 1 :], 0.0) for at in range(len(spans))]
    rest = (1 - confidence) / 2
    others = [Reading(reading.spans, round(rest / 2**rank, 6)) for rank, reading in enumerate(fewer[:n_best])]
    return Reading(spans, confidence, tuple(others), outside_risk=round(rest, 6))


def _capitalised_runs(text: str) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for start, end in tokens(text):
        if not (text[start].isupper() or text[start].isdigit()):
            continue
        if runs and text[runs[-1][1] : start] == " ":
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _fake_span(text: str, start: int, end: int) -> Span:
    surface = text[start:end]
    label = "DATE" if surface[0].isdigit() else LABELS[zlib.crc32(_bytes(surface)) % 4]
    return Span(start, end, label, _chance(surface))


def _chance(text: str) -> float:
    return round(0.4 + 0.6 * (zlib.crc32(_bytes("chance " + text)) % 1000) / 1000, 6)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class FakeEngine:
    """Logits by a function of one id list; the default gives each id its own fixed random row."""

    def __init__(self, classes: int, function: Callable[[Sequence[int]], np.ndarray] | None = None) -> None:
        self._classes = classes
        self._function = function or self._by_id
        self.batches: list[list[list[int]]] = []

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        self.batches.append([list(ids) for ids in batch])
        return [self._function(ids).astype(np.float32) for ids in batch]

    def _by_id(self, ids: Sequence[int]) -> np.ndarray:
        return np.stack([np.random.default_rng(piece).normal(size=self._classes) * 2 for piece in ids])
