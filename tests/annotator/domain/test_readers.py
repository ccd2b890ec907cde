import gc
import io
import json
import sys
import tracemalloc
from itertools import chain, repeat

import pytest

from annotator.domain.lines import LINE_MAX_CHARS, RowError
from annotator.domain.readers import Row, kind_of, read_rows
from annotator.exceptions import InvalidFile


def read(data: bytes, kind: str) -> list[Row | RowError]:
    return list(read_rows(io.BytesIO(data), kind))


def short(data: bytes, kind: str) -> list[tuple]:
    """Rows as (number, text), errors as (number, code, raw)."""
    return [
        (row.number, row.text) if isinstance(row, Row) else (row.number, row.code, row.raw) for row in read(data, kind)
    ]


class Stream(io.RawIOBase):
    """A pipe: no seek, no tell; makes its blocks, each so many times, as they are asked for."""

    def __init__(self, *blocks: tuple[bytes, int]) -> None:
        self.blocks = chain.from_iterable(repeat(block, times) for block, times in blocks)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        block = next(self.blocks, b"")
        buffer[: len(block)] = block
        return len(block)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.txt", "txt"), ("A.CSV", "csv"), ("/up/b.c.jsonl", "jsonl"), (".rejects.csv", "csv")]
)
def test_kind_is_in_the_name(name, kind):
    assert kind_of(name) == kind


@pytest.mark.parametrize("name", ["titles.xlsx", "titles", "", ".csv", "txt", "a.csv.gz"])
def test_other_kinds_are_refused(name):
    with pytest.raises(InvalidFile) as caught:
        kind_of(name)
    assert caught.value.code == "unknown_file_kind"


def test_an_unknown_kind_is_refused_before_reading():
    with pytest.raises(InvalidFile, match="txt, csv or jsonl"):
        read_rows(io.BytesIO(b"a"), "xlsx")


@pytest.mark.parametrize("kind", ["txt", "csv", "jsonl"])
@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"\r\n  \r\n"])
def test_an_empty_file_has_no_rows(data, kind):
    assert read(data, kind) == []


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_txt_is_one_title_a_line(ending, encoding):
    data = ending.join(["Ana Torres à Lisbon", "", " 🎷 Jazz ", "a\u2028b\x85c"]).encode(encoding)
    assert short(data, "txt") == [(1, "Ana Torres à Lisbon"), (3, " 🎷 Jazz "), (4, "a\u2028b\x85c")]


def test_broken_bytes_cost_their_own_line_only():
    assert short(b"one\ncaf\xe9 d\xe9cor\nthree\xed\xa0\x80\nfour", "txt") == [
        (1, "one"),
        (2, "invalid_utf8", "caf\\xe9 d\\xe9cor"),
        (3, "invalid_utf8", "three\\xed\\xa0\\x80"),
        (4, "four"),
    ]


def test_half_a_utf16_character_costs_its_own_line_only():
    assert short("one\nB".encode("utf-16")[:-1], "txt") == [(1, "one"), (2, "invalid_utf8", "\\x42")]


@pytest.mark.parametrize("kind", ["txt", "jsonl"])
def test_a_line_that_is_too_long_is_left_out(kind):
    long = b"x" * (2 * LINE_MAX_CHARS + 7)
    assert short(b'"one"\n' + long + b'\n"three"', kind)[1] == (2, "line_too_long", "x" * 200 + "…")
    assert [row.number for row in read(b'"one"\n' + long + b'\n"three"', kind)] == [1, 2, 3]


def test_the_longest_line_is_read_and_one_more_character_is_not():
    lines = ["a" * (LINE_MAX_CHARS - 1), "b" * LINE_MAX_CHARS, "c"]
    rows = read("\n".join(lines).encode(), "txt")
    assert rows[0] == Row(1, lines[0])
    assert (rows[1].code, rows[2]) == ("line_too_long", Row(3, "c"))


@pytest.mark.parametrize("kind", ["txt", "csv", "jsonl"])
def test_memory_stays_flat(kind):
    """A line of 16 MB, then short lines, from a pipe: a few MB of memory at most."""
    short_line = {"txt": b"abcdefg\n", "csv": b'"abcde"\n', "jsonl": b'"abcde"\n'}[kind]
    stream = Stream((short_line, 1), (b"x" * 8192, 2048), (b"\n", 1), (short_line * 1024, 32))
    tracemalloc.start()
    rows = sum(1 for _row in read_rows(stream, kind))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 1 + 1 + 32 * 1024
    assert peak < 8 * LINE_MAX_CHARS


def test_the_file_stays_open():
    file = io.BytesIO(b"a\nb\n")
    rows = read_rows(file, "txt")
    assert next(rows) == Row(1, "a")
    del rows
    gc.collect()
    assert not file.closed


def test_the_file_may_be_closed_before_its_rows_are_forgotten(monkeypatch):
    complaints = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    file = io.BytesIO(b"a\nb\n")
    rows = read_rows(file, "txt")
    file.close()
    del rows
    gc.collect()
    assert complaints == []


# csv


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["title", "Text", " EVENT_TITLE ", "Name"])
def test_csv_finds_the_title_and_id_columns(delimiter, name):
    lines = [delimiter.join(cells) for cells in (["ID", name, "x"], ["7", "Ana", "y"], ["", "Bob", "z"])]
    assert read("\r\n".join(lines).encode("utf-8-sig"), "csv") == [Row(2, "Ana", "7"), Row(3, "Bob")]


def test_csv_prefers_title_over_name_and_external_id_over_id():
    assert read(b"name,id,title,external_id\nn,1,t,e", "csv") == [Row(2, "t", "e")]


def test_csv_cells_may_be_quoted_and_span_lines():
    data = b'title,note\n"Ana, Bob ""live""",x\n"two\r\nlines","a\nb"\nlast,\n'
    assert short(data, "csv") == [(2, 'Ana, Bob "live"'), (3, "two\r\nlines"), (6, "last")]


def test_csv_without_known_columns_names_those_it_has():
    with pytest.raises(InvalidFile) as caught:
        read_rows(io.BytesIO(b"artiste;ville\nAna;Lyon"), "csv")
    assert caught.value.code == "no_title_column"
    assert "artiste, ville" in caught.value.message


def test_csv_with_one_column_needs_no_header_and_keeps_its_commas():
    assert short(b'Just Ana\nAna, Bob; Eve\n"Quoted, too"\n', "csv") == [
        (1, "Just Ana"),
        (2, "Ana, Bob; Eve"),
        (3, "Quoted, too"),
    ]


def test_csv_with_one_named_column_keeps_its_commas():
    assert short(b"Title\nAna, Bob; Eve", "csv") == [(2, "Ana, Bob; Eve")]


def test_csv_loses_no_part_of_a_title_that_needed_quotes():
    assert short(b"title,city\nAna, Bob,Lyon\nEve,Metz,,\n", "csv") == [
        (2, "extra_cells", "Ana, Bob,Lyon"),
        (3, "Eve"),
    ]


def test_csv_rows_that_are_short_or_blank():
    assert short(b"city,title\nLyon\n\n,\n ,\nMetz,\n", "csv") == [(2, "missing_cells", "Lyon"), (6, "")]


def test_csv_quote_that_never_ends_costs_its_own_line_only():
    data = b'id,title\n1,"open\n2,two\n3,"three"\n'
    assert short(data, "csv") == [(2, "invalid_csv", '1,"open'), (3, "two"), (4, "three")]
    assert short(b'id,title\n1,"open\n2,two\n', "csv") == [(2, "invalid_csv", '1,"open'), (3, "two")]


def test_csv_broken_line_inside_a_quoted_cell_costs_that_cell():
    data = b'id,title\n1,"open\n\xff\n2,two'
    assert short(data, "csv") == [(2, "invalid_csv", '1,"open'), (3, "invalid_utf8", "\\xff"), (4, "two")]


def test_csv_quoted_cell_of_many_lines_has_a_limit():
    filler = b"\n".join([b"y" * 1000] * 200)
    rows = short(b'id,title\n1,"open\n' + filler, "csv")
    assert rows[0] == (2, "invalid_csv", '1,"open')
    assert {row[1] for row in rows[1:]} == {"missing_cells"}
    assert len(rows) == 201


@pytest.mark.parametrize("data", [b"Ann\xe9e,title\nx,y", b'"title\nAna', b"x" * 2_000_000])
def test_csv_whose_header_cannot_be_read_is_refused(data):
    with pytest.raises(InvalidFile) as caught:
        read_rows(io.BytesIO(data), "csv")
    assert caught.value.code == "unreadable_header"


# jsonl


def test_jsonl_takes_objects_and_strings():
    data = '{"text": "Ana é", "id": 7, "x": [1]}\n"Bob"\r\n{"title": "Eve", "external_id": "e-1"}\n{"text": "N", "id": null}'
    assert read(data.encode(), "jsonl") == [Row(1, "Ana é", "7"), Row(2, "Bob"), Row(3, "Eve", "e-1"), Row(4, "N")]


@pytest.mark.parametrize("value", [5, None, True, [], ["a"], {}, {"text": None}, {"title": ["a"]}, {"text": "a", "id": 1.5},
                                   {"text": "a", "id": True}, {"text": "a", "id": {}}])  # fmt: skip
def test_jsonl_of_another_shape_is_a_bad_row(value):
    raw = json.dumps(value)
    assert short(f'"one"\n{raw}\n"three"'.encode(), "jsonl") == [(1, "one"), (2, "wrong_shape", raw), (3, "three")]


@pytest.mark.parametrize("raw", ["{", "Ana", "'a'", '"a" "b"', "[" * 200_000, "9" * 5000, '"\t"'])
def test_jsonl_that_is_no_json_is_a_bad_row(raw):
    [first, second, third] = read(f'"one"\n{raw}\n"three"'.encode(), "jsonl")
    assert (first.text, second.number, second.code, third.text) == ("one", 2, "invalid_json", "three")


def test_raw_text_of_an_error_can_be_stored_and_printed():
    error = RowError.of(1, "code", "message", "a\x00b\ud800c\udce9\td\né")
    assert error.raw == "a\\x00b\\ud800c\\xe9\td\né"
