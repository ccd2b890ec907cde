"""Files as lines and CSV records: any size in flat memory, bad lines told apart from good ones."""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from django.utils.translation import gettext as _

from ner_core.formats.csv_records import csv_records

LINE_MAX_CHARS = 1 << 20
RAW_OF_LONG_LINE = 200
TOLD_CHARS = 200
BROKEN_BYTE = re.compile("[\udc00-\udcff]")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class TextLine:
    """A line with its ending. `number` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class RowError:
    """A row that cannot be read or stored. `raw` can be stored and printed: what cannot is written as \\xNN or \\uNNNN."""

    number: int
    code: str
    message: str
    raw: str

    @classmethod
    def of(cls, number: int, code: str, message: str, raw: str) -> "RowError":
        return cls(number, code, printable(message), printable(raw))


def printable(text: str) -> str:
    """What a database stores and a terminal prints: control characters and halves of surrogate pairs as \\xNN or \\uNNNN."""
    return UNPRINTABLE.sub(_escape, text)


def listed(names: Iterable[str]) -> str:
    """Names out of a file, for a message: only the first of very many."""
    told = printable(", ".join(names))
    return told if len(told) <= TOLD_CHARS else told[:TOLD_CHARS] + "…"


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

Line = TextLine | RowError


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


def open_text(file: BinaryIO) -> TextIO:
    buffered = io.BufferedReader(_Borrowed(file))
    encoding = "utf-16" if buffered.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    return io.TextIOWrapper(buffered, encoding, errors="lineup-keep", newline="")


def read_lines(file: TextIO) -> Iterator[Line]:
    """Every line with its ending; of one that is too long only the beginning is ever held."""
    number, end = 0, ""
    while line := file.readline(LINE_MAX_CHARS):
        if line == "\n" and end == "\r":  # the limit fell between the two
            end = ""
            continue
        number += 1
        end = line[-1] if len(line) == LINE_MAX_CHARS else ""
        if end and end not in "\r\n":
            end = _skip_rest(file)
            message = _("A line may have at most %(limit)d characters.") % {"limit": LINE_MAX_CHARS}
            yield RowError.of(number, "line_too_long", message, line[:RAW_OF_LONG_LINE] + "…")
        elif BROKEN_BYTE.search(line):
            message = _("This line is not valid Unicode; save the file as UTF-8.")
            yield RowError.of(number, "invalid_utf8", message, line.rstrip("\r\n"))
        else:
            yield TextLine(number, line)


def _skip_rest(file: TextIO) -> str:
    """The last character of the line."""
    while (part := file.readline(LINE_MAX_CHARS)) and not part.endswith(("\n", "\r")):
        pass
    return part[-1:]


@dataclass(frozen=True)
class Record:
    number: int
    cells: list[str]
    raw: str


def read_records(source: Iterator[Line], delimiter: str) -> Iterator[Record | RowError]:
    """CSV records. A quote that is never closed costs its own line only: the lines after it are read again."""
    for lines, cells in csv_records(source, _text_of, delimiter=delimiter, most=LINE_MAX_CHARS):
        first = lines[0]
        if cells is not None:
            yield Record(first.number, cells, "".join(line.text for line in lines))
        else:
            yield first if isinstance(first, RowError) else _invalid_csv(first)


def _text_of(line: Line) -> str | None:
    return line.text if isinstance(line, TextLine) else None


def _invalid_csv(line: TextLine) -> RowError:
    message = _("A cell that begins with a quotation mark must end with one, and those inside it are doubled.")
    return RowError.of(line.number, "invalid_csv", message, line.text.rstrip("\r\n"))
