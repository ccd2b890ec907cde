"""Files of artists, row by row: CSV with a header, JSONL, and the artist table of a MusicBrainz dump."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from annotator.domain.artists import NAME_MAX_CHARS
from annotator.domain.lines import Line, RowError, listed, open_text, read_lines, read_records
from annotator.domain.rejects import plain_cell
from annotator.enums import ArtistKind, ArtistState
from annotator.exceptions import InvalidFile
from ner_core.gazetteer import artist_key
from ner_core.text import normalise_title

COLUMNS = ("name", "note", "kind", "country", "state", "remarks", "aliases", "ids")
SEPARATOR = "|"
MUSICBRAINZ = "musicbrainz"
_PART, _ESCAPED = re.compile(r"(?:\\[|\\]|[^|])+"), re.compile(r"\\([|\\])")
_LIMITS = {"note": 200, "remarks": 10_000}
_SCHEME_CHARS, _VALUE_CHARS = 40, 200
_KINDS, _STATES = frozenset(ArtistKind.values), frozenset(ArtistState.values)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
# mbdump/artist: id, gid, name, sort_name, six columns of dates, area, type, gender, comment ...
_MB_GID, _MB_NAME, _MB_TYPE, _MB_COMMENT, _MB_WIDTH = 1, 2, 10, 13, 14
_MB_KINDS = {"1": ArtistKind.PERSON, "2": ArtistKind.GROUP, "5": ArtistKind.ORCHESTRA, "6": ArtistKind.GROUP}
_MB_ESCAPES = {r"\t": "\t", r"\n": "\n", r"\r": "\r", r"\\": "\\"}


@dataclass(frozen=True)
class ArtistRow:
    """One artist as a file has it, checked: it can be stored as it stands. `number` is its line."""

    number: int
    name: str
    key: str
    note: str = ""
    kind: str = ArtistKind.OTHER
    country: str = ""
    state: str = ArtistState.CONFIRMED
    remarks: str = ""
    aliases: tuple[tuple[str, str], ...] = ()
    ids: tuple[tuple[str, str], ...] = ()


class _Wrong(Exception):
    """What is wrong with a row: a code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def read_artists(file: BinaryIO, kind: str) -> Iterator[ArtistRow | RowError]:
    r"""The artists of a file in order; a bad row becomes a RowError and the next one follows.

    csv: a header with a column `name` and any of COLUMNS; several aliases, and several ids as scheme:value, stand in one cell with "|"
    between them (of a name itself: "\|"). jsonl: an object a line with the same keys, aliases as a list, ids as an object. musicbrainz:
    mbdump/artist.
    Row codes: those of annotator.domain.readers, and unusable_name, unknown_kind, unknown_state, invalid_country, invalid_id, too_long,
    control_characters. Raises InvalidFile before the first row: unknown_file_kind, no_name_column, unreadable_header.
    """
    readers = {"csv": _read_csv, "jsonl": _read_jsonl, MUSICBRAINZ: _read_musicbrainz}
    if kind not in readers:
        raise InvalidFile(_("Files of artists can be csv, jsonl or musicbrainz."), code="unknown_file_kind")
    rows = readers[kind](read_lines(open_text(file)))
    first = next(rows, None)
    return iter(()) if first is None else chain((first,), rows)


def _read_csv(lines: Iterator[Line]) -> Iterator[ArtistRow | RowError]:
    first = next((line for line in lines if isinstance(line, RowError) or line.text.strip()), None)
    if first is None:
        return
    if isinstance(first, RowError):
        raise InvalidFile(first.message, code="unreadable_header")
    delimiter = max(",;\t", key=first.text.count)
    header = [name.strip().casefold() for name in next(csv.reader([first.text], delimiter=delimiter))]
    if "name" not in header:
        raise InvalidFile(
            _("No column is named name; the columns are: %(names)s.") % {"names": listed(header)},
            code="no_name_column",
        )
    for record in read_records(lines, delimiter):
        if isinstance(record, RowError):
            yield record
        elif any(cell.strip() for cell in record.cells):
            yield _checked(record.number, record.raw, _from_cells(dict(zip(header, record.cells, strict=False))))


def _from_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: plain_cell(cells[name].strip()) for name in COLUMNS if name in cells}
    fields["aliases"] = split_cell(fields.get("aliases", ""))
    pairs = [part.partition(":") for part in split_cell(fields.get("ids", ""))]
    return fields | {"ids": [(scheme, value) for scheme, _colon, value in pairs]}


def split_cell(cell: str) -> list[str]:
    """What join_cell was given; the blanks around each do not count. A backslash before anything else is one."""
    parts = (_ESCAPED.sub(r"\1", part).strip() for part in _PART.findall(cell))
    return [part for part in parts if part]


def join_cell(parts: Iterable[str]) -> str:
    return SEPARATOR.join(re.sub(r"[|\\]", r"\\\g<0>", part) for part in parts)


def _read_jsonl(lines: Iterator[Line]) -> Iterator[ArtistRow | RowError]:
    for line in lines:
        if isinstance(line, RowError):
            yield line
        elif line.text.strip():
            yield _from_json(line.number, line.text.strip())


def _from_json(number: int, raw: str) -> ArtistRow | RowError:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return RowError.of(number, "invalid_json", _("This line is not JSON: %(reason)s") % {"reason": error}, raw)
    if not isinstance(value, dict) or not _has_shape(value):
        message = _(
            "A line must be an object: texts, aliases as a list of texts, ids as an object of texts or of lists of texts."
        )
        return RowError.of(number, "wrong_shape", message, raw)
    fields = {name: value[name] for name in COLUMNS if value.get(name) is not None}
    return _checked(number, raw, fields | {"ids": list(_pairs(fields.get("ids", {})))})


def _pairs(ids: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for scheme, values in ids.items():
        yield from ((scheme, value) for value in (values if isinstance(values, list) else [values]))


def _has_shape(value: Mapping[str, Any]) -> bool:
    """null is as good as missing; 0 and false are not."""
    given = {name: value[name] for name in COLUMNS if value.get(name) is not None}
    aliases, ids = given.pop("aliases", []), given.pop("ids", {})
    if not isinstance(aliases, list) or not isinstance(ids, dict):
        return False
    return all(
        isinstance(text, str) for text in (*given.values(), *aliases, *(value for _scheme, value in _pairs(ids)))
    )


def _read_musicbrainz(lines: Iterator[Line]) -> Iterator[ArtistRow | RowError]:
    for line in lines:
        if isinstance(line, RowError):
            yield line
            continue
        cells = [_unescape(cell) for cell in line.text.rstrip("\r\n").split("\t")]
        if len(cells) < _MB_WIDTH:
            message = _("This row has %(count)d columns; mbdump/artist has more.") % {"count": len(cells)}
            yield RowError.of(line.number, "missing_cells", message, line.text)
            continue
        fields = {
            "name": cells[_MB_NAME],
            "note": cells[_MB_COMMENT][: _LIMITS["note"]],
            "kind": _MB_KINDS.get(cells[_MB_TYPE], ArtistKind.OTHER),
            "ids": [(MUSICBRAINZ, cells[_MB_GID])],
        }
        yield _checked(line.number, line.text, fields)


def _unescape(cell: str) -> str:
    """PostgreSQL's COPY: \\N is nothing, and tabs, line ends and backslashes are written out."""
    if cell == r"\N":
        return ""
    return re.sub(r"\\.", lambda found: _MB_ESCAPES.get(found[0], found[0][1]), cell) if "\\" in cell else cell


def _checked(number: int, raw: str, fields: dict[str, Any]) -> ArtistRow | RowError:
    try:
        return _row_of(number, fields)
    except _Wrong as wrong:
        return RowError.of(number, wrong.code, wrong.message, raw.rstrip("\r\n"))


def _row_of(number: int, fields: dict[str, Any]) -> ArtistRow:
    name, key = _name_of(fields.get("name", ""))
    given = {field: fields.get(field, "").strip() for field in ("note", "kind", "country", "state", "remarks")}
    for field, limit in _LIMITS.items():
        if len(given[field]) > limit or _CONTROL.search(given[field]):
            raise _Wrong("too_long", _("“%(field)s” is too long or holds control characters.") % {"field": field})
    kind, state = given["kind"] or ArtistKind.OTHER, given["state"] or ArtistState.CONFIRMED
    if kind not in _KINDS:
        raise _Wrong("unknown_kind", _("“%(kind)s” is no kind of artist.") % {"kind": kind})
    if state not in _STATES:
        raise _Wrong("unknown_state", _("There is no such state."))
    if given["country"] and not re.fullmatch("[A-Z]{2}", given["country"]):
        raise _Wrong("invalid_country", _("Two capital letters, as in ISO 3166."))
    aliases = dict.fromkeys(alias for alias in fields.get("aliases", ()) if alias != name)
    return ArtistRow(
        number=number,
        name=name,
        key=key,
        note=given["note"],
        kind=kind,
        country=given["country"],
        state=state,
        remarks=given["remarks"],
        aliases=tuple(_name_of(alias) for alias in aliases),
        ids=tuple(_id_of(scheme, value) for scheme, value in fields.get("ids", ())),
    )


def _name_of(raw: str) -> tuple[str, str]:
    """As it would stand in a title: NFC, single blanks."""
    name = normalise_title(raw)
    key = artist_key(name)
    if not key or len(name) > NAME_MAX_CHARS or len(key) > NAME_MAX_CHARS:
        raise _Wrong("unusable_name", _("This is no name."))
    if _CONTROL.search(name):
        raise _Wrong("control_characters", _("Control characters have no place here."))
    return name, key


def _id_of(scheme: str, value: str) -> tuple[str, str]:
    scheme, value = scheme.strip().casefold(), value.strip()
    if (
        ":" in scheme
        or not (0 < len(scheme) <= _SCHEME_CHARS and 0 < len(value) <= _VALUE_CHARS)
        or _CONTROL.search(scheme + value)
    ):
        raise _Wrong("invalid_id", _("An id is a short name, a colon and a value."))
    return scheme, value
