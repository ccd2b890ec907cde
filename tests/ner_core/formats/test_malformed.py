"""What other programs or accidents leave in a file: each fault is told with its row and a code, and the rows beside it are read."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.formats import FormatError, Record, conll, doccano, labelstudio
from ner_core.formats.registry import FORMATS
from ner_core.spans import Span

BO = {"data": {"text": "Bo"}}


def region(start: object, end: object, label: object = "PER") -> dict:
    return {"type": "labels", "value": {"start": start, "end": end, "labels": [label]}}


def task(text: str, *regions: object, **annotation: object) -> dict:
    return {"data": {"text": text}, "annotations": [{"result": list(regions), **annotation}]}


def read(name: str, content: str, directory: Path) -> tuple[list[str], list[tuple[int, str]]]:
    """(texts, [(number, code)])"""
    path = directory / "titles"
    path.write_text(content, encoding="utf-8", newline="")
    errors: list[FormatError] = []
    records = list(FORMATS[name].read_file(path, on_error=errors.append))
    return [record.text for record in records], [(error.line, error.code) for error in errors]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (7, "no_text"),
        ({"data": {"text": 7}}, "no_text"),
        ({"data": {"text": "A", "meta": [1]}}, "not_an_object"),
        ({"data": {"text": "A"}, "annotations": 7}, "not_a_span"),
        ({"data": {"text": "A"}, "annotations": {"result": []}}, "not_a_span"),
        ({"data": {"text": "A"}, "annotations": [7]}, "not_a_span"),
        (task("A", {}), "not_a_span"),
        (task("A", {"type": "labels", "value": {"start": 0, "end": 1}}), "not_a_span"),
        (task("A", {"type": "labels", "value": {"start": 0, "end": 1, "labels": []}}), "not_a_span"),
        (task("Ana", region(None, 3)), "not_a_span"),
        (task("Ana", region("0", 3)), "not_a_span"),
        (task("Ana", region(0, float("inf"))), "out_of_range"),
        (task("Ana", region(0, 9)), "out_of_range"),
        (task("Zoë", region(-1, 3)), "out_of_range"),
        (task("Zoë", region(0, 4)), "out_of_range"),
        (task("🎉x", region(1, 3)), "out_of_range"),
        (task("Ana", region(0, 3, "HERO")), "unknown_label"),
        (task("Ana", region(0, 2), region(1, 3)), "overlap"),
        (task("Ana", was_cancelled=True), "skipped"),
    ],
)
def test_a_bad_task_is_named_and_the_next_is_read(bad, code, tmp_path: Path):
    assert read("labelstudio", json.dumps([bad, BO]), tmp_path) == (["Bo"], [(1, code)])


@pytest.mark.parametrize(
    ("content", "texts", "number"),
    [
        ("", [], 1),
        ("{}", [], 1),
        ("[", [], 1),
        ("[" * 100_000, [], 1),
        ("[" + "9" * 5000 + "]", [], 1),
        ('[{"data": {"text": "Bo"}}', ["Bo"], 2),
        ('[{"data": {"text": "Bo"}},\n', ["Bo"], 2),
        ('[{"data": {"text": "Bo"}}, {"da', ["Bo"], 2),
        ('[{"data": {"text": "Bo"}} {"data": {"text": "Cy"}}]', ["Bo"], 2),
        ('[{"data": {"text": "Bo"}}] []', ["Bo"], 2),
    ],
)
def test_a_list_of_tasks_that_is_cut_off_or_goes_on_is_told(content, texts, number, tmp_path: Path):
    assert read("labelstudio", content, tmp_path) == (texts, [(number, "not_json")])


def test_an_annotation_that_was_cancelled_does_not_count():
    found = task("Ana", region(0, 3))
    found["annotations"].insert(0, {"was_cancelled": True, "result": []})
    assert list(labelstudio.read([json.dumps([found])])) == [Record("Ana", (Span(0, 3, "PER"),))]


@given(data=st.data(), indent=st.sampled_from([None, 1]))
def test_tasks_are_the_same_however_the_text_is_cut(data: st.DataObject, indent: int | None):
    records = [Record("Zoë 🎉", (Span(0, 3, "PER"),), {"n": [1, {"k": "]},"}]}), Record(""), Record("Bo")]
    text = "\ufeff" + json.dumps(json.loads("".join(labelstudio.write(records))), indent=indent) + "\n"
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert list(labelstudio.read(pieces)) == records


@pytest.mark.parametrize("predicted", [7, [7], [{}], {"a": 1}, [{"start": 0, "end": 99, "label": "PER"}]])
def test_what_is_no_prediction_stays_meta_data(predicted):
    record = Record("Ana", (), {"predicted": predicted})
    (found,) = json.loads("".join(labelstudio.write([record])))
    assert "predictions" not in found
    assert list(labelstudio.read([json.dumps([found])])) == [record]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ('{"text": "A", "label": 7}', "not_a_span"),
        ('{"text": "A", "label": true}', "not_a_span"),
        ('{"text": "A", "label": "PER"}', "not_a_span"),
        ('{"text": "A", "label": {"0": 1}}', "not_a_span"),
        ('{"text": "A", "label": [7]}', "not_a_span"),
        ('{"text": "A", "label": [[0, 1]]}', "not_a_span"),
        ('{"text": "A", "label": [["0", 1, "PER"]]}', "not_a_span"),
        ('{"text": "A", "entities": 7}', "not_a_span"),
        ('{"text": "A", "label": [[0, 9, "PER"]]}', "out_of_range"),
        ('{"label": []}', "no_text"),
        ('{"meta": {"text": "A"}}', "no_text"),
        ("[]", "not_an_object"),
        ("{", "not_json"),
    ],
)
def test_a_bad_line_of_doccano_is_named_and_the_next_is_read(bad, code, tmp_path: Path):
    assert read("doccano", f'{bad}\n{{"text": "Bo"}}\n', tmp_path) == (["Bo"], [(1, code)])


def test_what_doccano_exports_is_read():
    lines = [
        '{"id": 7, "text": "Ana", "meta": {"n": 1}, "label": [[0, 3, "PER"]], "Comments": []}\n',
        '{"id": 8, "text": "Ana", "entities": [{"id": 1, "label": "PER", "start_offset": 0, "end_offset": 3}]}\n',
        '{"id": 9, "text": "Ana", "label": null, "meta": "loose", "source": "web"}\n',
    ]
    assert list(doccano.read(lines)) == [
        Record("Ana", (Span(0, 3, "PER"),), {"Comments": [], "n": 1}),
        Record("Ana", (Span(0, 3, "PER"),)),
        Record("Ana", (), {"meta": "loose", "source": "web"}),
    ]


@pytest.mark.parametrize("name", ["doccano", "labelstudio", "conll"])
@pytest.mark.parametrize("key", ["id", "text", "label", "entities", "meta", "spans", "filename"])
def test_no_key_of_the_meta_data_hides_what_the_format_says(name: str, key: str, tmp_path: Path):
    record = Record("Ana", (), {key: {"text": [[0, 1, "PER"]]}})
    path = tmp_path / "titles"
    FORMATS[name].write_file([record], path)
    assert list(FORMATS[name].read_file(path)) == [record]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f"Ana\t0\t{'9' * 5000}\tO", "bad_columns"),
        ("Ana\t0\t3\tI-", "bad_tag"),
        ("Ana\t0\t3\tB-", "bad_tag"),
        ("Ana\t0\t3\tI-PER", "bad_tag"),
    ],
)
def test_a_bad_row_of_conll_is_named_and_the_next_title_is_read(row: str, code: str, tmp_path: Path):
    content = f'# text = "Ana"\n{row}\n\n# text = "Bo"\n\n'
    assert read("conll", content, tmp_path) == (["Bo"], [(2, code)])


def test_a_tag_inside_goes_on_only_from_its_own_label():
    rows = ['# text = "A B C D"', "A\t0\t1\tB-PER", "B\t2\t3\tI-PER", "C\t4\t5\tI-PER", "D\t6\t7\tI-LOC"]
    assert list(conll.read(rows[:-1])) == [Record("A B C D", (Span(0, 5, "PER"),))]
    with pytest.raises(FormatError, match="line 5: I-LOC does not follow B-LOC or I-LOC"):
        list(conll.read(rows))


def test_a_class_that_is_none_and_a_page_that_is_damaged_are_told(tmp_path: Path):
    path = tmp_path / "titles.parquet"
    row = {"text": "Ana", "tokens": ["Ana"], "ner_tags": [-1], "starts": [0], "ends": [3], "meta": "{}"}
    pq.write_table(pa.Table.from_pylist([row]), path)
    assert _codes("parquet", path) == [(1, "not_a_span")]
    FORMATS["parquet"].write_file([Record("Ana " * 500 + str(number)) for number in range(300)], path)
    data = bytearray(path.read_bytes())
    data[200:1200] = b"\xff" * 1000
    path.write_bytes(data)
    assert [code for _line, code in _codes("parquet", path)] == ["not_parquet"]


def test_meta_that_is_nested_too_deep_is_told(tmp_path: Path):
    path = tmp_path / "titles.parquet"
    deep = "[" * 100_000
    row = {"text": "Ana", "tokens": ["Ana"], "ner_tags": [0], "starts": [0], "ends": [3], "meta": deep}
    pq.write_table(pa.Table.from_pylist([row]), path)
    assert _codes("parquet", path) == [(1, "not_a_span")]


def _codes(name: str, path: Path) -> list[tuple[int, str]]:
    errors: list[FormatError] = []
    list(FORMATS[name].read_file(path, on_error=errors.append))
    return [(error.line, error.code) for error in errors]
