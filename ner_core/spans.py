"""Span: a labelled piece of a text, and the rules that every list of spans obeys."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from ner_core.labels import LABELS


class SpanError(ValueError):
    """A span breaks a rule. `code` is stable: not_a_span, out_of_range, empty, whitespace_edge, unknown_label, overlap."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, order=True)
class Span:
    """`text[start:end]` in Unicode code points, with a label and, if a model made it, a score in [0, 1]."""

    start: int
    end: int
    label: str
    score: float | None = None

    @property
    def triple(self) -> tuple[int, int, str]:
        """What makes two spans the same, whoever made them."""
        return self.start, self.end, self.label

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


def validate_spans(text: str, spans: Iterable[Span], labels: Collection[str] = LABELS) -> list[Span]:
    """Returns the spans sorted by place. Raises SpanError for the first span that breaks a rule."""
    ordered = sorted(spans, key=lambda span: (span.start, span.end, span.label))
    for span in ordered:
        _check_place(text, span)
        if span.label not in labels:
            raise SpanError(
                "unknown_label", f"span {span.start}-{span.end}: label {span.label!r} is not one of {', '.join(labels)}"
            )
    for left, right in pairwise(ordered):
        if left.end > right.start:
            raise SpanError("overlap", f"spans {left.start}-{left.end} and {right.start}-{right.end} overlap")
    return ordered


def _check_place(text: str, span: Span) -> None:
    start, end = span.start, span.end
    if start < 0 or end > len(text):
        raise SpanError("out_of_range", f"span {start}-{end}: outside the text of {len(text)} characters")
    if start >= end:
        raise SpanError("empty", f"span {start}-{end}: the end must be after the start")
    if text[start].isspace() or text[end - 1].isspace():
        raise SpanError("whitespace_edge", f"span {start}-{end}: begins or ends with white space")


def triples(spans: Iterable[Span]) -> set[tuple[int, int, str]]:
    """What two readings are compared by: places and labels, without scores."""
    return {span.triple for span in spans}


def span_to_dict(span: Span) -> dict:
    data: dict = {"start": span.start, "end": span.end, "label": span.label}
    if span.score is not None:
        data["score"] = span.score
    return data


def span_from_dict(data: object) -> Span:
    """Reads what span_to_dict writes; further keys are ignored. Raises SpanError("not_a_span")."""
    if not isinstance(data, dict):
        raise SpanError("not_a_span", f"a span must be an object, not {type(data).__name__}")
    for key, kind in (("start", int), ("end", int), ("label", str)):
        if not isinstance(data.get(key), kind) or isinstance(data[key], bool):
            raise SpanError("not_a_span", f"span: {key!r} must be {'a number' if kind is int else 'a text'}")
    score = data.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1):
        raise SpanError("not_a_span", "span: 'score' must be a number from 0 to 1")
    return Span(data["start"], data["end"], data["label"], None if score is None else float(score))
