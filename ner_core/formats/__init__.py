"""Data set formats. Each module has write(records) -> lines and read(lines) -> records; lines end with a line feed.

A format that cannot say something says so in its docstring; text and spans always come back exactly.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ner_core.spans import Span, SpanError, span_from_dict, validate_spans

OnError = Callable[["FormatError"], None]
_encode = json.JSONEncoder(ensure_ascii=False).encode
_BREAKS_LINES = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Record:
    """One title with its spans (valid by validate_spans) and whatever else is known about it (JSON values)."""

    text: str
    spans: tuple[Span, ...] = ()
    meta: dict = field(default_factory=dict)
    line: int = field(
        default=0, compare=False, repr=False
    )  # where it begins in the file that it was read from, or its row there


class FormatError(ValueError):
    """A line cannot be read. `line` counts from 1; `code` is stable: not_json, not_an_object, no_text, or a SpanError code."""

    def __init__(self, line: int, code: str, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.code = code
        self.message = message


def raise_error(error: FormatError) -> None:
    """The usual on_error of a reader: stops at the first bad record."""
    raise error


def checked_record(number: int, text: object, spans: object, meta: object) -> Record:
    """A record of what was read, or FormatError for row `number`: no_text, not_a_span, not_an_object, or a SpanError code."""
    if not isinstance(text, str):
        raise FormatError(number, "no_text", '"text" must be a text')
    if not isinstance(spans, list):
        raise FormatError(number, "not_a_span", '"spans" must be a list')
    if not isinstance(meta, dict):
        raise FormatError(number, "not_an_object", "the meta data must be a JSON object")
    try:
        return Record(text, tuple(validate_spans(text, map(span_from_dict, spans))), meta, number)
    except SpanError as error:
        raise FormatError(number, error.code, error.message) from error


def dump_json(value: object) -> str:
    """JSON on one line whatever the reader takes for a line break; readable letters stay, lone surrogates are escaped."""
    return _BREAKS_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", _encode(value))
