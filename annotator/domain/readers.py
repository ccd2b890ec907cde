"""Files of titles, read row by row: .txt, .csv and .jsonl of any size, in flat memory."""

import codecs
import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import BinaryIO, TextIO

from django.utils.translation import gettext as _

from annotator.exceptions import InvalidFile

LINE_MAX_CHARS = 1 << 20
RAW_OF_LONG_LINE = 200
HEADER_MAX_CHARS = 1 << 16
TITLE_NAMES = ("title", "text", "event_title", "name")
ID_NAMES = ("external_id", "id")
DELIMITERS = (",", ";", "\t", "|")
NO_DELIMITER = "\x1f"
BROKEN_BYTE = re.compile("[\udc00-\udcff]")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """One title as it stands in the file. `number` is the line it begins on, from 1."""

    number: int
    text: str
    external_id: str = ""


@dataclass(frozen=True)
class RowError:
    """A row that cannot be read or stored. `raw` can be stored and printed: what cannot is written as \\xNN or \\uNNNN."""

    number: int
    code: str
    message: str
    raw: str

    @classmethod
    def of(cls, number: int, code: str, message: str, raw: str) -> "RowError":
        return cls(number, code, message, UNPRINTABLE.sub(_escape, raw))


def _escape(match: re.Match[str]) -> str:
    point = ord(match[0])
    if point < 0x80:
        return f"\\x{point:02x}"
    return f"\\x{point - 0xDC00:02x}" if BROKEN_BYTE.match(match[0]) else f"\\u{point:04x}"


def _keep_broken_bytes(error: UnicodeError) -> tuple[str, int]:
    """Each byte that cannot be decoded becomes U+DC00 plus its value: readable text never holds one, so rows tell."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("lineup-keep", _keep_broken_bytes)

Line = Row | RowError


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
    rows = READERS[kind](_lines(_open_text(file)))
    first = next(rows, None)
    return iter(()) if first is None else chain((first,), rows)


class _Borrowed(io.RawIOBase):
    """A file that somebody else closes, perhaps before its rows are forgotten."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _open_text(file: BinaryIO) -> TextIO:
    buffered = io.BufferedReader(_Borrowed(file))
    encoding = "utf-16" if buffered.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    return io.TextIOWrapper(buffered, encoding, errors="lineup-keep", newline="")


def _lines(file: TextIO) -> Iterator[Line]:
    """Every line with its ending; of one that is too long only the beginning is ever held."""
    number = 0
    while line := file.readline(LINE_MAX_CHARS):
        number += 1
        if len(line) == LINE_MAX_CHARS and not line.endswith(("\n", "\r")):
            _skip_rest(file)
            message = _("A line may have at most %(limit)d characters.") % {"limit": LINE_MAX_CHARS}
            yield RowError.of(number, "line_too_long", message, line[:RAW_OF_LONG_LINE] + "…")
        elif BROKEN_BYTE.search(line):
            message = _("This line is not valid Unicode; save the file as UTF-8.")
            yield RowError.of(number, "invalid_utf8", message, line.rstrip("\r\n"))
        else:
            yield Row(number, line)


def _skip_rest(file: TextIO) -> None:
    while (part := file.readline(LINE_MAX_CHARS)) and not part.endswith(("\n", "\r")):
        pass


def _read_txt(lines: Iterator[Line]) -> Iterator[Line]:
    for line in lines:
        if isinstance(line, RowError):
            yield line
        elif line.text.strip():
            yield Row(line.number, line.text.rstrip("\r\n"))


def _read_jsonl(lines: Iterator[Line]) -> Iterator[Line]:
    for line in lines:
        if isinstance(line, RowError):
            yield line
        elif line.text.strip():
            yield _read_json(line.number, line.text.strip())


def _read_json(number: int, raw: str) -> Line:
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


def _read_csv(lines: Iterator[Line]) -> Iterator[Line]:
    first = next((line for line in lines if isinstance(line, RowError) or line.text.strip()), None)
    if first is None:
        return
    if isinstance(first, RowError):
        raise InvalidFile(
            _("The first line cannot be read: %(reason)s") % {"reason": first.message}, code="unreadable_header"
        )
    records = _records(chain((first,), lines), _delimiter_of(first.text[:HEADER_MAX_CHARS]))
    number, header = _header_of(records)
    names = [name.strip().casefold() for name in header]
    title = next((names.index(name) for name in TITLE_NAMES if name in names), None)
    if title is None and len(names) > 1:
        message = _("No column is named title, text, event_title or name; the columns are: %(names)s.")
        raise InvalidFile(message % {"names": ", ".join(header)}, code="no_title_column")
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


@dataclass(frozen=True)
class _Record:
    number: int
    cells: list[str]
    raw: str


def _records(source: Iterator[Line], delimiter: str) -> Iterator[_Record | RowError]:
    """CSV records. A quote that is never closed costs its own line only: the lines after it are read again."""
    again: deque[Line] = deque()
    taken: list[Line] = []

    def feed() -> Iterator[str]:
        size = 0
        while again or (line := next(source, None)):
            line = again.popleft() if again else line
            taken.append(line)
            size = size + len(line.text) if len(taken) > 1 and isinstance(line, Row) else 0
            if isinstance(line, RowError) or size > LINE_MAX_CHARS:
                raise csv.Error("a quoted cell does not end")
            yield line.text

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        try:
            cells = next(reader, None)
        except csv.Error:
            first, *rest = taken
            again.extendleft(reversed(rest))
            yield first if isinstance(first, RowError) else _invalid_csv(first)
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
            continue
        if cells is None:
            return
        yield _Record(taken[0].number, cells, "".join(line.text for line in taken))


def _invalid_csv(line: Row) -> RowError:
    message = _("A cell that begins with a quotation mark must end with one, and those inside it are doubled.")
    return RowError.of(line.number, "invalid_csv", message, line.text.rstrip("\r\n"))


def _header_of(records: Iterator[_Record | RowError]) -> tuple[int, list[str]]:
    record = next(records)
    if isinstance(record, RowError):
        raise InvalidFile(
            _("The first line cannot be read: %(reason)s") % {"reason": record.message}, code="unreadable_header"
        )
    return record.number, record.cells


def _row_of(record: _Record, width: int, title: int, identifier: int | None) -> Line | None:
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
