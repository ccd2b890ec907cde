"""Titles as rows of tokens with BIO tags, for formats that are made of tokens. What a span cuts off from a token is a row of its own."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ner_core.formats import Record
from ner_core.spans import Span
from ner_core.text import tokens


class Row(NamedTuple):
    """text[start:end] with its tag: "O", "B-PER", "I-PER"; the first row of a span is always B."""

    start: int
    end: int
    tag: str


def rows_of(record: Record) -> Iterator[Row]:
    edges = {edge for span in record.spans for edge in (span.start, span.end)}
    for token in tokens(record.text):
        cuts = sorted({*token, *(edge for edge in edges if token.start < edge < token.end)})
        for start, end in pairwise(cuts):
            yield Row(start, end, _tag(record.spans, start, end))


def spans_of(rows: Sequence[Row]) -> list[Span]:
    """Raises ValueError naming the tag for an I- that follows no B- or I- of its label."""
    found: list[Span] = []
    open_label = ""
    for start, end, tag in rows:
        prefix, _, label = tag.partition("-")
        if prefix == "B":
            found.append(Span(start, end, label))
        elif prefix == "I":
            if label != open_label:
                raise ValueError(f"{tag} does not follow B-{label} or I-{label}")
            found[-1] = Span(found[-1].start, end, label)
        open_label = label if prefix in ("B", "I") else ""
    return found


def in_utf8(text: str) -> str:
    """For formats that hold UTF-8: a lone surrogate becomes U+FFFD, one character for one, so that offsets stay."""
    return "".join("\ufffd" if 0xD800 <= ord(char) <= 0xDFFF else char for char in text)


def _tag(spans: Sequence[Span], start: int, end: int) -> str:
    for span in spans:
        if span.start <= start and end <= span.end:
            return f"{'B' if span.start == start else 'I'}-{span.label}"
    return "O"
