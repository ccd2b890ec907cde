"""Files of titles, read row by row: .txt, .csv and .jsonl of any size, in flat memory."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import BinaryIO

from django.utils.translation import gettext as _

from annotator.domain.lines import Line, Record, RowError, listed, open_text, read_lines, read_records
from annotator.exceptions import InvalidFile

HEADER_MAX_CHARS = 1 << 16
TITLE_NAMES = ("title", "text", "event_title", "name")
ID_NAMES = ("external_id", "id")
DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"


@dataclass(frozen=True)
class Row:
    """One title as it stands in the file. `number` is the line it begins on, from 1."""

    number: int
    text: str
    external_id: str = ""


def kind_of(name: str) -> str:
    """The kind of a file by its name: txt, csv or jsonl; raises InvalidFile (unknown_file_kind)."""
    kind = PurePath(name).suffix.lower().removeprefix(".")
    if kind not in READERS:
        message = _("“%(name)s” is not a .txt, .csv or .jsonl file.") % {"name": PurePath(name).name}
        raise InvalidFile(message, code="unknown_file_kind")
    return kind


def read_rows(file: BinaryIO, kind: str) -> Iterator[Row | RowError]:
    """The rows of a file, in order, blank ones left out; a bad row becomes a RowError and the next one follows.

    UTF-8, or UTF-16 with a byte order mark; LF, CRLF or CR. The file needs no `seek` and stays open.
    txt: one title a line. csv: a header with a column named in TITLE_NAMES (and one in ID_NAMES), or one column without
    a header. jsonl: an object with such names, or a string, a line.
    Row codes: invalid_utf8, line_too_long, invalid_csv, extra_cells, missing_cells, invalid_json, wrong_shape.
    Raises InvalidFile before the first row: unknown_file_kind, no_title_column, unreadable_header.
    """
    if kind not in READERS:
        raise InvalidFile(_("Files can be txt, csv or jsonl."), code="unknown_file_kind")
    rows = READERS[kind](read_lines(open_text(file)))
    first = next(rows, None)
    return iter(()) if first is None else chain((first,), rows)


def _read_txt(lines: Iterator[Line]) -> Iterator[Row | RowError]:
    for line in lines:
        if isinstance(line, RowError):
            yield line
        elif line.text.strip():
            yield Row(line.number, line.text.rstrip("\r\n"))


def _read_jsonl(lines: Iterator[Line]) -> Iterator[Row | RowError]:
    for line in lines:
        if isinstance(line, RowError):
            yield line
        elif line.text.strip():
            yield _read_json(line.number, line.text.strip())


def _read_json(number: int, raw: str) -> Row | RowError:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        reason = _("nested too deeply") if isinstance(error, RecursionError) else str(error)
        return RowError.of(number, "invalid_json", _("This line is not JSON: %(reason)s") % {"reason": reason}, raw)
    record = {"title": value} if isinstance(value, str) else value
    name = next((name for name in TITLE_NAMES if isinstance(record, dict) and name in record), None)
    if name is None or not isinstance(record[name], str):
        message = _("A line must be a string, or an object with a string named “title” or “text”.")
        return RowError.of(number, "wrong_shape", message, raw)
    identifier = next((record[key] for key in ID_NAMES if record.get(key) is not None), "")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        message = _("An “id” must be a string or a whole number.")
        return RowError.of(number, "wrong_shape", message, raw)
    return Row(number, record[name], str(identifier))


def _read_csv(lines: Iterator[Line]) -> Iterator[Row | RowError]:
    first = next((line for line in lines if isinstance(line, RowError) or line.text.strip()), None)
    if first is None:
        return
    if isinstance(first, RowError):
        raise InvalidFile(
            _("The first line cannot be read: %(reason)s") % {"reason": first.message}, code="unreadable_header"
        )
    records = read_records(chain((first,), lines), _delimiter_of(first.text[:HEADER_MAX_CHARS]))
    number, header = _header_of(records)
    names = [name.strip().casefold() for name in header]
    title = next((names.index(name) for name in TITLE_NAMES if name in names), None)
    if title is None and len(names) > 1:
        message = _("No column is named title, text, event_title or name; the columns are: %(names)s.")
        raise InvalidFile(message % {"names": listed(header)}, code="no_title_column")
    if title is None:
        yield Row(number, header[0])
    identifier = next((names.index(name) for name in ID_NAMES if name in names), None)
    for record in records:
        row = record if isinstance(record, RowError) else _row_of(record, len(names), title or 0, identifier)
        if row is not None:
            yield row


def _delimiter_of(line: str) -> str:
    """The delimiter that finds a title column, else the most columns; a lone column is taken whole, commas included."""

    def columns(delimiter: str) -> tuple[bool, int]:
        cells = next(csv.reader([line], delimiter=delimiter))
        return any(cell.strip().casefold() in TITLE_NAMES for cell in cells), len(cells)

    best = max(DELIMITERS, key=columns)
    return best if columns(best)[1] > 1 else NO_DELIMITER


def _header_of(records: Iterator[Record | RowError]) -> tuple[int, list[str]]:
    record = next(records)
    if isinstance(record, RowError):
        raise InvalidFile(
            _("The first line cannot be read: %(reason)s") % {"reason": record.message}, code="unreadable_header"
        )
    return record.number, record.cells


def _row_of(record: Record, width: int, title: int, identifier: int | None) -> Row | RowError | None:
    cells, raw = record.cells, record.raw.rstrip("\r\n")
    if not any(cell.strip() for cell in cells):
        return None
    if any(cell.strip() for cell in cells[width:]):
        message = _("This row has more cells than the header; a title that holds the separator needs quotes.")
        return RowError.of(record.number, "extra_cells", message, raw)
    if len(cells) <= title:
        return RowError.of(record.number, "missing_cells", _("This row ends before the title column."), raw)
    has_id = identifier is not None and identifier < len(cells)
    return Row(record.number, cells[title], cells[identifier].strip() if has_id else "")


READERS = {"txt": _read_txt, "csv": _read_csv, "jsonl": _read_jsonl}
