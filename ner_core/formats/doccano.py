"""doccano's JSONL for sequence labelling: {"text", "label": [[start, end, "PER"], ...], ...meta}. Scores of spans are not kept.

Its importer takes offsets in code points and one JSON object a line (doccano, backend/data_import/pipeline/parsers.py, JSONLParser).
"""

from collections.abc import Iterable, Iterator

from ner_core.formats import FormatError, OnError, Record, checked_record, dump_json, raise_error
from ner_core.formats.jsonl import read_objects

_OWN = ("text", "label", "id")


def write(records: Iterable[Record]) -> Iterator[str]:
    for number, record in enumerate(records, start=1):
        labels = [[span.start, span.end, span.label] for span in record.spans]
        extra = {key: value for key, value in record.meta.items() if key not in _OWN}
        yield dump_json({"id": number, "text": record.text, "label": labels, **extra}) + "\n"


def read(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Also what doccano exports: "label" or "entities" with start_offset and end_offset. A bad line goes to on_error."""
    for number, data in read_objects(lines, on_error=on_error):
        data.pop("id", None)
        labels = data.pop("label", None) or data.pop("entities", None) or []
        try:
            yield checked_record(number, data.pop("text", None), [_span(number, label) for label in labels], data)
        except FormatError as error:
            on_error(error)


def _span(number: int, label: object) -> object:
    if isinstance(label, dict):
        return {"start": label.get("start_offset"), "end": label.get("end_offset"), "label": label.get("label")}
    if isinstance(label, list) and len(label) == 3:
        return dict(zip(("start", "end", "label"), label, strict=True))
    raise FormatError(number, "not_a_span", "a label must be [start, end, label]")
