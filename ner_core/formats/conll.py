"""CoNLL-2003 style columns that lose nothing: token, start, end, tag (BIO), split by tabs; a blank line ends a record.

    # text = "Justice, Live"
    # meta = {"source": "demo"}
    Justice	0	7	B-PER
    ,	7	8	O
    Live	9	13	O

The text is kept as JSON, so that odd white space comes back; a token is cut where a span begins or ends inside it. The tag of the
first token of a span is always B-, so touching spans stay apart. Scores of spans are not kept.
"""

import json
from collections.abc import Iterable, Iterator

from ner_core.formats import FormatError, OnError, Record, dump_json, raise_error
from ner_core.formats.rows import Row, rows_of, spans_of
from ner_core.spans import Span, SpanError, validate_spans

_TEXT = "# text = "
_META = "# meta = "
_Lines = list[tuple[int, str]]


def write(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        yield f"{_TEXT}{dump_json(record.text)}\n"
        if record.meta:
            yield f"{_META}{dump_json(record.meta)}\n"
        for start, end, tag in rows_of(record):
            yield f"{_printable(record.text[start:end])}\t{start}\t{end}\t{tag}\n"
        yield "\n"


def read(lines: Iterable[str], *, on_error: OnError = raise_error) -> Iterator[Record]:
    """A bad record goes to on_error with the number of its bad line and, if that returns, is left out."""
    for block in _blocks(lines):
        try:
            yield _record(block)
        except FormatError as error:
            on_error(error)


def _printable(token: str) -> str:
    """Control characters and lone surrogates become a replacement character: the text line has the real ones."""
    return "".join(char if char.isprintable() or not _breaks(char) else "\ufffd" for char in token)


def _breaks(char: str) -> bool:
    return ord(char) < 0x20 or 0x7F <= ord(char) <= 0x9F or 0xD800 <= ord(char) <= 0xDFFF


def _blocks(lines: Iterable[str]) -> Iterator[_Lines]:
    block: _Lines = []
    for number, line in enumerate(lines, start=1):
        content = line.rstrip("\r\n")
        if content:
            block.append((number, content))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _record(block: _Lines) -> Record:
    number, first = block[0]
    if not first.startswith(_TEXT):
        raise FormatError(number, "no_text", f"a record must begin with {_TEXT!r}")
    text = _json(number, first.removeprefix(_TEXT))
    if not isinstance(text, str):
        raise FormatError(number, "no_text", "the text must be a JSON text")
    rest, meta = block[1:], {}
    if rest and rest[0][1].startswith(_META):
        meta = _json(rest[0][0], rest[0][1].removeprefix(_META))
        rest = rest[1:]
    if not isinstance(meta, dict):
        raise FormatError(block[1][0], "not_an_object", "the meta data must be a JSON object")
    try:
        return Record(text, tuple(validate_spans(text, _spans(rest))), meta, number)
    except SpanError as error:
        raise FormatError(number, error.code, error.message) from error


def _spans(rows: _Lines) -> list[Span]:
    parsed: list[Row] = []
    label_before = ""
    for number, line in rows:
        row = _columns(number, line)
        if row.tag.startswith("I-") and row.tag[2:] != label_before:
            raise FormatError(number, "bad_tag", f"{row.tag} does not follow B-{row.tag[2:]} or {row.tag}")
        parsed.append(row)
        label_before = row.tag[2:]
    return spans_of(parsed)


def _columns(number: int, line: str) -> Row:
    columns = line.split("\t")
    if len(columns) != 4 or not (_is_place(columns[1]) and _is_place(columns[2])):
        raise FormatError(number, "bad_columns", "must be token, start, end and tag, split by tabs")
    tag = columns[3]
    if tag != "O" and (tag[:2] not in ("B-", "I-") or not tag[2:]):
        raise FormatError(number, "bad_tag", f"{tag!r} is not O, B- or I- with a label")
    return Row(int(columns[1]), int(columns[2]), tag)


def _is_place(column: str) -> bool:
    """int() refuses thousands of digits with an error of its own."""
    return column.isdecimal() and len(column) < 10


def _json(number: int, value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise FormatError(number, "not_json", f"not JSON: {error}") from error
