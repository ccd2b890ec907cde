"""CSV: text, spans and meta, the last two as JSON. UTF-8 with a byte order mark, which spreadsheets need to read it.

A cell that a spreadsheet would run as a formula, or that begins with an apostrophe, gets one apostrophe before it, which reading takes
away. What UTF-8 cannot say in a text, and a carriage return, which spreadsheets turn into a line feed, is written as in JSON: such a text
stands in quotes, as does one that looks like that.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from operator import itemgetter

from ner_core.formats import FormatError, OnError, Record, checked_record, dump_json, raise_error
from ner_core.formats.csv_records import csv_records
from ner_core.spans import span_to_dict

COLUMNS = ("text", "spans", "meta")
RISKY = ("=", "+", "-", "@", "\t", "\r", "'")
_BOM = "\ufeff"
_UNSAYABLE = re.compile("[\r\x00\ud800-\udfff]")


def write(records: Iterable[Record]) -> Iterator[str]:
    yield _BOM + _line(COLUMNS)
    for record in records:
        spans = json.dumps([span_to_dict(span) for span in record.spans])
        yield _line((_plain(record.text), spans, dump_json(record.meta) if record.meta else ""))


def read(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """Finds the columns by their names; spans and meta may be absent. A bad row goes to on_error with the number of its first line."""
    records = csv_records(enumerate(_without_mark(lines), start=1), itemgetter(1))
    first, header = next(records, ([], []))
    if header is None or "text" not in header:
        on_error(FormatError(first[0][0] if first else 1, "no_text", 'there is no column "text"'))
        return
    for taken, cells in records:
        number = taken[0][0]
        if cells is None:
            on_error(FormatError(number, "not_csv", "not CSV: a quoted cell does not end, or goes on behind its quote"))
        elif cells:
            yield from _try(dict(zip(header, cells, strict=False)), number, on_error)


def _try(cells: dict[str, str], number: int, on_error: OnError) -> Iterator[Record]:
    try:
        if "text" not in cells:
            raise FormatError(number, "no_text", 'the row ends before the column "text"')
        text = _text(number, cells["text"])
        yield checked_record(number, text, _json(number, "spans", cells, []), _json(number, "meta", cells, {}))
    except FormatError as error:
        on_error(error)


def _text(number: int, cell: str) -> str:
    plain = cell[1:] if cell.startswith("'") else cell
    if not plain.startswith('"'):
        return plain
    try:
        text = json.loads(plain)
    except ValueError as error:
        raise FormatError(number, "no_text", '"text" begins with a quote and is no JSON text') from error
    if not isinstance(text, str):
        raise FormatError(number, "no_text", '"text" must be a text')
    return text


def _json(number: int, name: str, cells: dict[str, str], default: object) -> object:
    cell = cells.get(name, "")
    if not cell:
        return default
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise FormatError(number, "not_json", f'"{name}" is not JSON: {error}') from error


def _plain(text: str) -> str:
    written = json.dumps(text) if text.startswith('"') or _UNSAYABLE.search(text) else text
    return f"'{written}" if written.startswith(RISKY) else written


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.removeprefix(_BOM) if number == 0 else line
