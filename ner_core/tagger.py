"""From titles to readings: the Tagger protocol and the tagger that runs a model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from ner_core.artifacts import Artifact, load_artifact
from ner_core.decoding import Decoded, Pieced, decode_all
from ner_core.engines import FASTEST, Engine, make_engine
from ner_core.engines.pieces import PieceEncoder
from ner_core.spans import Span
from ner_core.text import NormalisedText, tokens

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Reading:
    """All spans of one title, sorted, with calibrated scores.

    confidence: probability that the whole reading is exactly right, the tokens left outside included.
    alternatives: the next best readings, best first, without this one and without alternatives of their own.
    outside_risk: the highest probability that something left outside belongs to a span.
    raw_confidence: the probability of the reading before calibration; None where nobody kept it.
    """

    spans: tuple[Span, ...]
    confidence: float
    alternatives: tuple["Reading", ...] = ()
    outside_risk: float = 0.0
    raw_confidence: float | None = None


class Tagger(Protocol):
    """Anything that reads titles. `version` names what it reads with; `labels` are those it can give."""

    version: str
    labels: tuple[str, ...]

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
        """One reading for each text, in order, with at most n_best alternatives; offsets are those of the text as given."""
        ...


class TextLogits(NamedTuple):
    """What the model said of one text. offsets: [pieces] ranges in text.text; logits: float32 [pieces, C]."""

    text: NormalisedText
    offsets: list[tuple[int, int]]
    logits: np.ndarray


class _Window(NamedTuple):
    text: int
    first: int
    ids: list[int]


class ModelTagger:
    """Reads titles with a checkpoint. Safe to use from several threads.

    Texts are normalised inside, and cut to overlapping windows where they are longer than the model reads. Raises DecodingError if the
    model answers NaN.
    """

    def __init__(self, artifact: Artifact, engine: Engine) -> None:
        self.version = artifact.version
        self.labels = artifact.scheme.span_labels
        self.artifact = artifact
        self._engine = engine
        self._pieces = PieceEncoder.load(artifact.directory)
        self._window = artifact.max_pieces - self._pieces.frame_size

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
        given = self.read_logits(texts)
        pieced = [Pieced(one.text.text, one.offsets, one.logits) for one in given]
        found = decode_all(pieced, self.artifact.decoder, n_best=n_best + 1)
        return [self._read(*one) for one in zip(given, found, strict=True)]

    def read_logits(self, texts: Sequence[str]) -> list[TextLogits]:
        """The model's logits for each text, in order: what `tag` decodes, and what calibration is fitted on."""
        normal = [NormalisedText.of(_SURROGATE.sub("\ufffd", text)) for text in texts]
        encoded = [self._pieces.encode(text.text) for text in normal]
        windows = [
            _Window(index, first, ids[first : first + self._window])
            for index, (ids, _) in enumerate(encoded)
            for first in window_starts(len(ids), self._window)
        ]
        parts: list[list[tuple[int, np.ndarray]]] = [[] for _ in texts]
        for window, logits in zip(windows, self._run(windows), strict=True):
            parts[window.text].append((window.first, logits))
        classes = len(self.artifact.scheme.id2label)
        return [
            TextLogits(text, offsets, merge_windows(found, len(offsets), classes))
            for text, (_, offsets), found in zip(normal, encoded, parts, strict=True)
        ]

    def _run(self, windows: list[_Window]) -> list[np.ndarray]:
        """The logits of each window's pieces, in the order of the windows."""
        first = len(self._pieces.prefix)
        told = self._engine.logits([self._pieces.frame(window.ids) for window in windows])
        return [logits[first : first + len(window.ids)] for window, logits in zip(windows, told, strict=True)]

    def _read(self, given: TextLogits, found: list[Decoded]) -> Reading:
        if not given.offsets:
            return Reading((), 0.0 if tokens(given.text.text) else 1.0)
        confidences = self.artifact.calibration.confidences(
            [reading.probability for reading in found], [[span.label for span in reading.spans] for reading in found]
        )
        best, *others = (
            self._reading(given.text, reading, confidence)
            for reading, confidence in zip(found, confidences, strict=True)
        )
        return replace(best, alternatives=tuple(others))

    def _reading(self, text: NormalisedText, reading: Decoded, confidence: float) -> Reading:
        calibrate = self.artifact.calibration.span_score
        spans = tuple(
            Span(*text.to_raw(span.start, span.end), span.label, round(calibrate(span.label, span.score or 0.0), 6))
            for span in reading.spans
        )
        return Reading(
            spans,
            round(confidence, 6),
            outside_risk=round(reading.outside_risk, 6),
            raw_confidence=round(reading.probability, 6),
        )


def load_tagger(
    directory: str | Path, *, threads: int | None = None, verify: bool = True, engine: str = FASTEST
) -> ModelTagger:
    """Loads a checkpoint directory with its manifest into memory (seconds). Raises ArtifactError.

    threads: CPU threads of the engine; None leaves the library's default. engine: one of ENGINES.
    """
    artifact = load_artifact(directory, verify=verify)
    return ModelTagger(artifact, make_engine(engine, artifact, threads=threads))


def window_starts(length: int, size: int) -> list[int]:
    """Where windows of `size` begin so that they cover `length` pieces and each inner edge is overlapped by a quarter."""
    if length <= size:
        return [0] if length else []
    step = max(1, size - size // 4)
    return [*range(0, length - size, step), length - size]


def merge_windows(parts: list[tuple[int, np.ndarray]], length: int, classes: int) -> np.ndarray:
    """Each piece takes its logits from the window in which it is farthest from an inner edge. parts: (first piece, logits)."""
    merged = np.zeros((length, classes), dtype=np.float32)
    margin = np.full(length, -1)
    for first, logits in parts:
        place = np.arange(first, first + len(logits))
        to_left = np.where(first == 0, length, place - first)
        to_right = np.where(first + len(logits) == length, length, first + len(logits) - 1 - place)
        inner = np.minimum(to_left, to_right)
        better = inner > margin[place]
        merged[place[better]] = logits[better]
        margin[place[better]] = inner[better]
    return merged
