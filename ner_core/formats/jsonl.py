"""JSON Lines: {"text", "spans": [{"start", "end", "label"[, "score"]}], ...meta}, one record a line."""

import json
from collections.abc import Iterable, Iterator

from ner_core.formats import FormatError, OnError, Record, dump_json, raise_error
from ner_core.spans import SpanError, span_from_dict, span_to_dict, validate_spans


def write(records: Iterable[Record]) -> Iterator[str]:
    """Meta keys named text or spans are left out: they would hide the record's own."""
    for record in records:
        extra = {key: value for key, value in record.meta.items() if key not in ("text", "spans")}
        yield dump_json({"text": record.text, "spans": [span_to_dict(span) for span in record.spans], **extra}) + "\n"


def read(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Skips blank lines. A bad line goes to on_error and, if that returns, is left out. "spans" may be absent."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _record(number, line)
        except FormatError as error:
            on_error(error)


def _record(number: int, line: str) -> Record:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FormatError(number, "not_json", f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise FormatError(number, "not_an_object", "must be a JSON object")
    text = data.pop("text", None)
    if not isinstance(text, str):
        raise FormatError(number, "no_text", '"text" must be a text')
    spans = data.pop("spans", [])
    if not isinstance(spans, list):
        raise FormatError(number, "not_a_span", '"spans" must be a list')
    try:
        return Record(text, tuple(validate_spans(text, map(span_from_dict, spans))), data)
    except SpanError as error:
        raise FormatError(number, error.code, error.message) from error
