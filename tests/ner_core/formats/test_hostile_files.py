"""Any content for any data set format: records, or errors with a code and a line; little memory, and the rows beside are read."""

import json
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ner_core.formats import FormatError, Record, docbin, parquet, registry
from ner_core.formats.registry import FORMATS

TEXT_FORMATS = sorted(name for name, found in FORMATS.items() if found.is_text)
CODES = {"not_json", "not_an_object", "no_text", "not_a_span", "out_of_range", "empty", "whitespace_edge", "unknown_label", "overlap",
         "not_csv", "bad_columns", "bad_tag", "skipped"}  # fmt: skip

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Ana", "", "\ud800", "PER", "labels"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["text", "spans", "start", "end", "label", "labels", "score", "data", "meta", "annotations", "result", "value",
                         "type", "was_cancelled", "entities", "start_offset", "end_offset"]),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
WORDS = ("[", "]", "{", "}", ":", "0", "3", "B-PER", "I-PER", "O", "Ana", "é", "\x00", "\ufeff", "\x85")
HEADS = ('# text = "Ana"', "# meta = {}", "text,spans,meta\n", "spans,text\n", '{"text": "Ana"}')
signs = st.sampled_from(('"', ",", "\n", "\r\n", "\r", "\t", "'", *WORDS, *HEADS))
contents = st.one_of(
    st.lists(signs, max_size=25).map("".join),
    st.lists(values, max_size=3).map(lambda rows: "\n".join(map(json.dumps, rows))),
    st.lists(values, max_size=3).map(json.dumps),
)


def read(name: str, path: Path) -> tuple[list[Record], list[FormatError]]:
    errors: list[FormatError] = []
    return list(FORMATS[name].read_file(path, on_error=errors.append)), errors


@pytest.mark.parametrize("name", TEXT_FORMATS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=contents)
def test_any_content_gives_records_or_errors_that_are_documented(name: str, tmp_path: Path, content: str):
    path = tmp_path / "any"
    path.write_text(content, encoding="utf-8", newline="")
    records, errors = read(name, path)
    assert {error.code for error in errors} <= CODES
    assert all(1 <= found.line <= content.count("\n") + content.count("\r") + 3 for found in [*records, *errors])


@pytest.mark.parametrize("name", ["parquet", "spacy"])
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_file_of_bytes_gives_records_or_errors(name: str, tmp_path: Path, places: list[tuple[int, int]]):
    path = tmp_path / "damaged"
    FORMATS[name].write_file([Record("Ana in Rome"), Record("Bo")], path)
    data = bytearray(path.read_bytes())
    for at, value in places:
        data[at % len(data)] = value
    path.write_bytes(data)
    _records, errors = read(name, path)
    assert all(error.code and error.line >= 1 for error in errors)


@pytest.mark.parametrize("name", ["jsonl", "doccano", "csv", "conll"])
def test_every_record_knows_its_line(name: str, tmp_path: Path):
    path = tmp_path / "titles"
    FORMATS[name].write_file([Record("Ana"), Record("Bo\nCy"), Record("Di")], path)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    found = [record.line for record in read(name, path)[0]]
    assert [lines[number - 1].count(word) for number, word in zip(found, ("Ana", "Bo", "Di"), strict=True)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("bad", "code"),
    [('"open,', "not_csv"), ('"open"x,', "not_csv"), ('"""["', "no_text"), ('"""' + "[" * 50_000 + '"', "no_text")],
    ids=["open", "goes on", "no JSON", "deep"],
)
def test_a_broken_row_of_csv_costs_itself_only(bad: str, code: str, tmp_path: Path):
    path = tmp_path / "titles.csv"
    path.write_text(f'text,spans\nAna,\n{bad}\nBo,"[]"\nCy,\n', encoding="utf-8")
    records, errors = read("csv", path)
    assert [(record.text, record.line) for record in records] == [("Ana", 2), ("Bo", 4), ("Cy", 5)]
    assert [(error.line, error.code) for error in errors] == [(3, code)]


def test_a_row_of_csv_that_ends_before_its_text_is_told(tmp_path: Path):
    path = tmp_path / "titles.csv"
    path.write_text("spans,text\n[]\n[],Bo\n", encoding="utf-8")
    records, errors = read("csv", path)
    assert ([record.text for record in records], [(error.line, error.code) for error in errors]) == (
        ["Bo"],
        [(2, "no_text")],
    )


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_a_text_that_is_not_utf8_is_refused_before_its_first_record(name: str, tmp_path: Path):
    path = tmp_path / "titles"
    FORMATS[name].write_file([Record("Ana")] * 50, path)
    with path.open("ab") as file:
        file.write(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        next(FORMATS[name].read_file(path))


@pytest.mark.parametrize("name", ["jsonl", "doccano", "csv", "conll"])
def test_of_a_line_beyond_all_measure_only_its_beginning_is_held(name: str, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(registry, "_LONGEST_LINE", 2**14)
    monkeypatch.setattr(registry, "_BLOCK", 2**14)
    path = tmp_path / "titles"
    FORMATS[name].write_file([Record("Ana"), Record("Bo")], path)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"text": "' + "x" * 2**22 + '"}\n\n')
    tracemalloc.start()
    records, errors = read(name, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.text[:9] for record in records[:2]] == ["Ana", "Bo"]
    assert len(errors) + len(records[2:]) == 1
    assert peak < 2**21


def test_a_docbin_that_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch):
    path = tmp_path / "bomb.spacy"
    monkeypatch.setattr(docbin, "MOST_BYTES", 2**22)
    path.write_bytes(zlib.compress(b"\x00" * 2**25))
    tracemalloc.start()
    records, errors = read("spacy", path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (records, [error.code for error in errors]) == ([], ["too_large"])
    assert peak < 2**24


def test_a_parquet_whose_column_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch):
    path = tmp_path / "bomb.parquet"
    monkeypatch.setattr(parquet, "MOST_BYTES", 2**20)
    FORMATS["parquet"].write_file([Record("a" * 2**21)], path)
    assert path.stat().st_size < 2**19
    records, errors = read("parquet", path)
    assert (records, [error.code for error in errors]) == ([], ["too_large"])
