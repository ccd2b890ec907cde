"""Titles to training arrays, by the same units that the decoder reads."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ner_core.engines.pieces import PieceEncoder
from ner_core.labels import LabelScheme
from ner_core.spans import Span
from ner_core.synthetic.generate import Example
from ner_core.text import NormalisedText
from ner_core.units import path_of_spans, units

IGNORED = -100


class Encoded(NamedTuple):
    """ids with special tokens; labels: the class of each piece, IGNORED for special tokens."""

    ids: list[int]
    labels: list[int]


def read_gold(path: Path) -> list[Example]:
    """Titles of a JSONL file in normal form. Raises SpanError or FormatError with the line at fault."""
    from ner_core.formats import jsonl

    with path.open(encoding="utf-8") as lines:
        return [to_normal_form(record.text, record.spans) for record in jsonl.read(lines)]


def to_normal_form(raw: str, spans: Iterable[Span]) -> Example:
    text = NormalisedText.of(raw)
    moved = [(text.from_raw(span.start, span.end), span.label) for span in spans]
    return Example(text.text, tuple(Span(start, end, label) for (start, end), label in sorted(moved)))


class ExampleEncoder:
    """Examples to ids and piece labels: the first piece of a unit carries its class, the others the class's inside."""

    def __init__(self, directory: Path, scheme: LabelScheme, *, max_pieces: int = 120) -> None:
        self._pieces = PieceEncoder.load(directory)
        self._scheme = scheme
        self._inside = scheme.inside
        self._max = max_pieces - self._pieces.frame_size

    def encode(self, example: Example) -> Encoded:
        found = self._pieces.encode(example.text)
        labels = np.full(len(found.ids), IGNORED)
        unit_list = units(example.text, found.offsets)
        for unit, name in zip(unit_list, path_of_spans(unit_list, example.spans, self._scheme), strict=True):
            labels[unit.first : unit.last] = self._inside[name]
            labels[unit.first] = name
        ids, kept = found.ids[: self._max], labels[: self._max].tolist()
        prefix, suffix = self._pieces.prefix, self._pieces.suffix
        return Encoded([*prefix, *ids, *suffix], [IGNORED] * len(prefix) + kept + [IGNORED] * len(suffix))


def batches(stream: Iterator[Encoded], size: int, rng, *, pool: int = 40) -> Iterator[list[Encoded]]:
    """Endless batches of titles of like length: `pool` batches are drawn together, sorted, cut, and given out in random order."""
    while True:
        drawn = sorted((next(stream) for _ in range(size * pool)), key=lambda encoded: len(encoded.ids))
        cut = [drawn[at : at + size] for at in range(0, len(drawn), size)]
        rng.shuffle(cut)
        yield from cut


def pad(batch: Sequence[Encoded], pad_id: int) -> tuple:
    """(ids, mask, labels) as int64 tensors [titles, pieces]."""
    import torch

    longest = max(len(encoded.ids) for encoded in batch)
    longest += -longest % 3  # fewer shapes: the kernels are compiled once for each
    ids = torch.full((len(batch), longest), pad_id)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, IGNORED)
    for row, encoded in enumerate(batch):
        size = len(encoded.ids)
        ids[row, :size] = torch.tensor(encoded.ids)
        mask[row, :size] = 1
        labels[row, :size] = torch.tensor(encoded.labels)
    return ids, mask, labels
