"""doccano's JSONL for sequence labelling: {"id", "text", "label": [[start, end, "PER"], ...], "meta": {...}}; offsets in code points.

All in ASCII: doccano guesses the encoding of a file, and takes short UTF-8 for Windows-1254. The meta data is one object: its importer
makes a column of every key and a NaN of every null or missing value in it, which its database refuses with all the file
(doccano 1.8.4, backend/data_import/pipeline/parsers.py, readers.py and makers.py). Scores of spans are not kept. doccano leaves out a
title without text, and takes no file that holds a lone surrogate.
"""

import json
from collections.abc import Iterable, Iterator

from ner_core.formats import FormatError, OnError, Record, checked_record, raise_error
from ner_core.formats.jsonl import read_objects


def write(records: Iterable[Record]) -> Iterator[str]:
    for number, record in enumerate(records, start=1):
        labels = [[span.start, span.end, span.label] for span in record.spans]
        yield json.dumps({"id": number, "text": record.text, "label": labels, "meta": record.meta}) + "\n"


def read(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Also what doccano exports: "label", or else "entities" with start_offset and end_offset. A bad line goes to on_error.

    Further keys beside "meta" are meta data too; "id" is not.
    """
    for number, data in read_objects(lines, on_error=on_error):
        try:
            yield _record(number, data)
        except FormatError as error:
            on_error(error)


def _record(number: int, data: dict) -> Record:
    data.pop("id", None)
    labels = data.pop("label" if "label" in data else "entities", None)
    if not isinstance(labels, list | None):
        raise FormatError(number, "not_a_span", '"label" must be a list')
    text, spans = data.pop("text", None), [_span(number, label) for label in labels or []]
    if isinstance(data.get("meta"), dict):
        data |= data.pop("meta")
    return checked_record(number, text, spans, data)


def _span(number: int, label: object) -> object:
    if isinstance(label, dict):
        return {"start": label.get("start_offset"), "end": label.get("end_offset"), "label": label.get("label")}
    if isinstance(label, list) and len(label) == 3:
        return dict(zip(("start", "end", "label"), label, strict=True))
    raise FormatError(number, "not_a_span", "a label must be [start, end, label]")
