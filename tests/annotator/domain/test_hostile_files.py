"""Any bytes and any text through the line readers: rows, or documented errors with the right line, in time that grows with the file."""

import csv
import io
import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.domain import lines
from annotator.domain.artist_readers import ArtistRow, join_cell, read_artists, split_cell
from annotator.domain.lines import UNPRINTABLE, RowError, open_text, read_lines
from annotator.domain.readers import Row, read_rows
from annotator.domain.rejects import harmless_cell, plain_cell
from annotator.exceptions import InvalidFile
from ner_core.formats.csv_records import csv_records

few = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
TITLE_CODES = {
    "invalid_utf8",
    "line_too_long",
    "invalid_csv",
    "extra_cells",
    "missing_cells",
    "invalid_json",
    "wrong_shape",
}
ARTIST_CODES = TITLE_CODES | {"unusable_name", "unknown_kind", "unknown_state", "invalid_country", "invalid_id", "too_long",
                              "control_characters"}  # fmt: skip
FILE_CODES = {"no_title_column", "no_name_column", "unreadable_header"}
READERS = [(read_rows, kind) for kind in ("txt", "csv", "jsonl")]
READERS += [(read_artists, kind) for kind in ("csv", "jsonl", "musicbrainz")]
ANY_READER = pytest.mark.parametrize(("reader", "kind"), READERS, ids=lambda value: getattr(value, "__name__", value))

signs = st.sampled_from(['"', ",", ";", "\t", "|", "\n", "\r", "\r\n", "\\", "{", "}", "[", "]", ":", "a", "é", " ", "\x00",
                         "\x85", "\u2028", "\u202e", "\ufeff", "😀", "title", "name", "id", "null", "0", "-", "=", "'"])  # fmt: skip
texts = st.lists(signs, max_size=40).map("".join) | st.text(max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
HEADS = ("title,id\n", "name,note,aliases,ids\n", "")
contents = st.one_of(
    st.binary(max_size=60),
    st.tuples(st.sampled_from(HEADS), texts).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass")),
    texts.map(lambda text: text.encode("utf-16", "surrogatepass")),
    st.lists(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("title", "id", "name", "note", "kind", "aliases", "ids", "state"), json_values)
        ),
        max_size=3,
    ).map(lambda rows: "\n".join(map(json.dumps, rows)).encode()),
)


def read_all(reader, content: bytes, kind: str) -> tuple[list, str]:
    """(rows, the code with which the whole file is refused)"""
    try:
        return list(reader(io.BytesIO(content), kind)), ""
    except InvalidFile as error:
        return [], error.code


@ANY_READER
@settings(few, max_examples=300)
@given(content=contents)
def test_any_content_gives_rows_or_errors_that_are_documented(reader, kind: str, content: bytes):
    rows, refused = read_all(reader, content, kind)
    assert refused in {"", *FILE_CODES}
    numbers = [row.number for row in rows]
    assert all(before < after for before, after in pairwise(numbers))
    for row in rows:
        assert isinstance(row, Row | ArtistRow | RowError)
        if isinstance(row, RowError):
            assert row.code in (TITLE_CODES if reader is read_rows else ARTIST_CODES)
            assert not UNPRINTABLE.search(row.raw + row.message)


GOOD, LONG = st.sampled_from(["Ana", "é", "a,b", "=1", '{"title"']), "x" * 40
bad_lines = st.sampled_from(
    [(b"caf\xe9", "invalid_utf8"), (b"\xed\xa0\x80", "invalid_utf8"), (LONG.encode(), "line_too_long")]
)
any_lines = st.lists(GOOD.map(lambda text: (text.encode(), text)) | bad_lines, max_size=12)


@few
@given(found=any_lines, endings=st.lists(st.sampled_from(["\n", "\r", "\r\n"]), min_size=12, max_size=12))
def test_every_line_has_its_number_whatever_ends_it_and_whatever_stands_before(found: list, endings: list[str]):
    content = b"".join(raw + ending.encode() for (raw, _told), ending in zip(found, endings, strict=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "LINE_MAX_CHARS", 20)
        rows = list(read_rows(io.BytesIO(content), "txt"))
    assert [(row.number, getattr(row, "code", None) or row.text) for row in rows] == [
        (number, told) for number, (_raw, told) in enumerate(found, start=1)
    ]


@few
@given(
    lengths=st.lists(st.integers(1, 18), max_size=8),
    ending=st.sampled_from(["\n", "\r", "\r\n"]),
    most=st.integers(2, 7),
)
def test_a_line_end_that_the_limit_cuts_in_two_is_one_line_end(lengths: list[int], ending: str, most: int):
    content = "".join("x" * length + ending for length in lengths).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "LINE_MAX_CHARS", most)
        found = list(read_lines(open_text(io.BytesIO(content))))
    assert [line.number for line in found] == list(range(1, len(lengths) + 1))
    assert [isinstance(line, RowError) for line in found] == [length > most - 1 for length in lengths]


@few
@given(text=texts)
def test_what_is_sound_csv_is_read_as_the_csv_module_reads_it(text: str):
    source = io.StringIO(text, newline="")
    try:
        expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return
    assert [cells for _lines, cells in csv_records(iter(source), str)] == expected


@few
@given(text=texts)
def test_of_unsound_csv_every_line_is_in_a_record_or_told(text: str):
    source = list(io.StringIO(text, newline=""))
    found = [taken for taken, _cells in csv_records(iter(source), str)]
    assert [line for taken in found for line in taken] == source


@pytest.mark.parametrize("line", ['a","b\n', '"\n', '"a\n', '""",\n', '"a,"\n', 'a,"b\n', '"""\n', '","\n'])
def test_quotes_that_never_end_are_read_in_time_that_grows_with_the_file(line: str):
    """Each such line alone may begin a record that goes on to the end of the file."""
    count, asked = 3000, 0

    def text_of(found: str) -> str:
        nonlocal asked
        asked += 1
        return found

    records = list(csv_records(iter([line] * count), text_of))
    assert sum(len(taken) for taken, _cells in records) == count
    assert asked < 20 * count


def test_titles_after_a_bomb_of_quotes_are_read():
    rows = list(read_rows(io.BytesIO(b"title,x\n" + b'a","b\n' * 300_000 + b"Ana,1\n"), "csv"))
    assert rows[-1] == Row(300_002, "Ana")
    assert {row.code for row in rows[:-1]} == {"invalid_csv"}


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_long_cell_is_a_long_title_and_no_bad_csv(kind: str):
    content = {"csv": b"title,id\n%b,7\nAna,8\n", "jsonl": b'{"title": "%b", "id": 7}\n{"title": "Ana"}\n'}[kind]
    long, ana = read_rows(io.BytesIO(content % (b"x" * 1_000_000)), kind)
    assert (len(long.text), ana.text) == (1_000_000, "Ana")


@few
@given(cell=texts)
def test_a_cell_made_harmless_is_no_formula_and_comes_back(cell: str):
    written = harmless_cell(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain_cell(written) == cell


@few
@given(parts=st.lists(texts.map(str.strip).filter(bool), max_size=4))
def test_names_that_share_a_cell_come_back(parts: list[str]):
    assert split_cell(join_cell(parts)) == parts


def test_names_of_other_programs_keep_their_backslashes():
    assert split_cell(r"AC\DC| DJ X |\o/") == ["AC\\DC", "DJ X", "\\o/"]


@pytest.mark.parametrize(
    "raw",
    ['{"name": 0}', '{"name": false}', '{"name": []}', '{"name": "A", "aliases": 0}', '{"name": "A", "ids": []}',
     '{"name": "A", "ids": ""}', '{"name": "A", "note": 0}', '{"name": "A", "aliases": [[]]}', '{"name": "A", "ids": {"x": [1]}}'],
)  # fmt: skip
def test_an_artist_of_another_shape_is_told_and_the_next_is_read(raw: str):
    bad, good = read_artists(io.BytesIO(f'{raw}\n{{"name": "Bo"}}\n'.encode()), "jsonl")
    assert (bad.number, bad.code, good.name) == (1, "wrong_shape", "Bo")


def test_a_header_with_a_long_column_is_read():
    [ana] = read_artists(io.BytesIO(b"name," + b"x" * 200_000 + b"\nAna,1\n"), "csv")
    assert ana.name == "Ana"
