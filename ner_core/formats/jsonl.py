"""JSON Lines: {"text", "spans": [{"start", "end", "label"[, "score"]}], ...meta}, one record a line."""

import json
from collections.abc import Iterable, Iterator

from ner_core.formats import FormatError, OnError, Record, checked_record, dump_json, raise_error
from ner_core.spans import span_to_dict


def write(records: Iterable[Record]) -> Iterator[str]:
    """Meta keys named text or spans are left out: they would hide the record's own."""
    for record in records:
        extra = {key: value for key, value in record.meta.items() if key not in ("text", "spans")}
        yield line_of({"text": record.text, "spans": [span_to_dict(span) for span in record.spans], **extra})


def line_of(record: dict) -> str:
    """A record that is in this shape already, its spans as span_to_dict gives them."""
    return dump_json(record) + "\n"


def read(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Skips blank lines. A bad line goes to on_error and, if that returns, is left out. "spans" may be absent."""
    for number, data in read_objects(lines, on_error=on_error):
        try:
            yield checked_record(number, data.pop("text", None), data.pop("spans", []), data)
        except FormatError as error:
            on_error(error)


def read_objects(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[tuple[int, dict]]:
    """(number of the line, JSON object)"""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            on_error(FormatError(number, "not_json", f"not JSON: {error}"))
            continue
        if isinstance(data, dict):
            yield number, data
        else:
            on_error(FormatError(number, "not_an_object", "must be a JSON object"))
