"""All formats, out and in, and read by the programs that they are for."""

import json
from pathlib import Path

import datasets
import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from spacy.tokens import DocBin

from ner_core.formats import FormatError, Record
from ner_core.formats.registry import FORMATS
from ner_core.labels import LabelScheme
from ner_core.spans import Span
from tests.ner_core.strategies import titles_with_spans

ALL = pytest.mark.parametrize("name", sorted(FORMATS))
UTF8_ONLY = ("parquet", "spacy")
META = {"source": "reviewed", "confidence": 0.71, "changed": None, "note": 'a "quote", ; and \n a break'}

NASTY = [
    Record("Ana Bo", (Span(0, 3, "PER"), Span(4, 6, "PER")), META),
    Record("AnaBo", (Span(0, 3, "PER"), Span(3, 5, "PER"))),
    Record("Ana", (Span(0, 1, "MISC"),)),
    Record("👩‍👩‍👧‍👦 Family 🎉 in Rome", (Span(0, 7, "PER"), Span(20, 24, "LOC")), META),
    Record("  odd \u00a0 white\tspace  ", (Span(2, 5, "MISC"),)),
    Record("e\u0301tude n\u0303o", (Span(0, 6, "MISC"),)),
    Record("\u202eעברית\u202c live \u061cعربي", (Span(1, 6, "PER"),)),
    Record('=1+1 "quoted" it\'s', (Span(0, 4, "MISC"),)),
    Record("+33 6 12", ()),
    Record("-x @y", (Span(3, 5, "PER"),)),
    Record("@x", (Span(0, 2, "PER"),)),
    Record("'=1", ()),
    Record("''", ()),
    Record('"text"', (Span(1, 5, "MISC"),)),
    Record("\tx", (Span(1, 2, "MISC"),)),
    Record("a\nb\u2028c\x85d", (Span(2, 3, "MISC"),)),
    Record("a\r\nb\rc", (Span(3, 4, "MISC"),)),
    Record("", ()),
    Record(" ", ()),
    Record("x" * 5000 + " end", (Span(5001, 5004, "DATE"),)),
]  # fmt: skip


def through(name: str, records: list[Record], directory: Path) -> list[Record]:
    path = directory / f"titles{FORMATS[name].suffix}"
    assert FORMATS[name].write_file(iter(records), path) == len(records)
    return list(FORMATS[name].read_file(path))


@ALL
def test_nasty_titles_come_back_exactly_with_spans_and_meta(name: str, tmp_path: Path):
    assert through(name, NASTY, tmp_path) == NASTY


@ALL
def test_a_lone_surrogate_comes_back_or_is_replaced_by_one_character(name: str, tmp_path: Path):
    text = "\ud800x y"
    found = through(name, [Record(text, (Span(1, 2, "PER"),))], tmp_path)
    kept = text.replace("\ud800", "\ufffd") if name in UTF8_ONLY else text
    assert found == [Record(kept, (Span(1, 2, "PER"),))]


@ALL
def test_nothing_is_a_file_too(name: str, tmp_path: Path):
    assert through(name, [], tmp_path) == []


metas = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6).filter(
        lambda key: key not in ("text", "spans", "label", "entities", "id", "predicted")
    ),
    st.none() | st.integers(-9, 9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    max_size=2,
)


@ALL
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titles=st.lists(st.tuples(titles_with_spans(), metas), max_size=3))
def test_any_titles_come_back(name: str, tmp_path: Path, titles: list):
    records = [Record(text, spans, meta) for (text, spans), meta in titles]
    if name in UTF8_ONLY:
        records = [record for record in records if not any(0xD800 <= ord(char) <= 0xDFFF for char in record.text)]
    assert through(name, records, tmp_path) == records


@ALL
@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02", b"{", b"[1, 2]", b'text\n"', b"a\tb\tc\td\n", b"PAR1", b'{"text": 7}\n', b"null"],
)
def test_what_is_not_the_format_is_told_and_nothing_else_is_raised(name: str, tmp_path: Path, content: bytes):
    path = tmp_path / "broken"
    path.write_bytes(content)
    errors: list[FormatError] = []
    assert list(FORMATS[name].read_file(path, on_error=errors.append)) == []
    assert all(error.line >= 1 and error.code for error in errors)


@pytest.mark.parametrize(
    ("name", "line", "code", "number"),
    [
        ("csv", 'text,spans\r\nAna,"[{""start"": 0, ""end"": 9, ""label"": ""PER""}]"\r\nBo,\r\n', "out_of_range", 2),
        ("csv", "text,spans\r\nAna,{\r\nBo,\r\n", "not_json", 2),
        ("csv", "name\r\nAna\r\n", "no_text", 1),
        ("doccano", '{"text": "Ana", "label": [[0, 3]]}\n{"text": "Bo"}\n', "not_a_span", 1),
        ("doccano", '{"text": "Ana", "label": [[0, 3, "HERO"]]}\n{"text": "Bo"}\n', "unknown_label", 1),
        ("labelstudio", '[{"data": {}}, {"data": {"text": "Bo"}}]', "no_text", 1),
        ("labelstudio", '[{"data": {"text": "A"}, "annotations": [{"result": [{}]}]}, {"data": {"text": "Bo"}}]', "not_a_span", 1),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_the_others_are_read(name, line, code, number, tmp_path: Path):
    path = tmp_path / "titles"
    path.write_text(line, encoding="utf-8", newline="")
    errors: list[FormatError] = []
    found = list(FORMATS[name].read_file(path, on_error=errors.append))
    assert [(error.code, error.line) for error in errors] == [(code, number)]
    assert [record.text for record in found] == ([] if "name\r" in line else ["Bo"])


def write(name: str, directory: Path) -> Path:
    path = directory / f"titles{FORMATS[name].suffix}"
    FORMATS[name].write_file(NASTY, path)
    return path


def test_hugging_face_datasets_reads_the_parquet_with_class_labels(tmp_path: Path):
    found = datasets.load_dataset(
        "parquet", data_files=str(write("parquet", tmp_path)), split="train", cache_dir=str(tmp_path / "cache")
    )
    names = found.features["ner_tags"].feature.names
    assert (len(found), names) == (len(NASTY), list(LabelScheme.bio().id2label))
    row = found[0]
    assert (row["tokens"], [names[tag] for tag in row["ner_tags"]]) == (["Ana", "Bo"], ["B-PER", "B-PER"])
    assert json.loads(row["meta"]) == META


def test_spacy_reads_the_docbin(tmp_path: Path):
    docs = list(DocBin().from_disk(write("spacy", tmp_path)).get_docs(spacy.blank("fr").vocab))
    for doc, record in zip(docs, NASTY, strict=True):
        assert doc.text == record.text
        assert [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents] == [
            span.triple for span in record.spans
        ]


def test_spacy_trains_on_the_docbin(tmp_path: Path):
    nlp = spacy.blank("xx")
    nlp.add_pipe("ner")
    docs = [doc for doc in DocBin().from_disk(write("spacy", tmp_path)).get_docs(nlp.vocab) if doc.text.strip()]
    examples = [spacy.training.Example(nlp.make_doc(doc.text), doc) for doc in docs]
    nlp.initialize(lambda: examples)
    losses = nlp.update(examples)
    assert losses["ner"] > 0


def test_seqeval_reads_the_conll_columns(tmp_path: Path):
    blocks = write("conll", tmp_path).read_text(encoding="utf-8").split("\n\n")
    tags = [[line.split("\t")[3] for line in block.split("\n") if "\t" in line] for block in blocks if "\t" in block]
    found = [tag for row in tags for tag in row if tag.startswith("B-")]
    assert len(found) == sum(len(record.spans) for record in NASTY)
    assert f1_score(tags, tags) == 1.0


def test_label_studio_tasks_are_what_its_documentation_asks_for(tmp_path: Path):
    """https://labelstud.io/guide/predictions and /guide/task_format: offsets slice the text as JavaScript counts it."""
    predicted = [{"start": 0, "end": 1, "label": "PER", "score": 0.4}]
    record = Record("🎉 Ana", (Span(2, 5, "PER"),), {"predicted": predicted, "confidence": 0.5, "model_version": "m"})
    path = tmp_path / "tasks.json"
    FORMATS["labelstudio"].write_file([record], path)
    (task,) = json.loads(path.read_text(encoding="utf-8"))
    (result,) = task["annotations"][0]["result"]
    units = task["data"]["text"].encode("utf-16-le")
    value = result["value"]
    assert units[2 * value["start"] : 2 * value["end"]].decode("utf-16-le") == value["text"] == "Ana"
    assert {key: result[key] for key in ("from_name", "to_name", "type")} == {
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
    }
    (prediction,) = task["predictions"]
    assert (prediction["score"], prediction["model_version"], prediction["result"][0]["score"]) == (0.5, "m", 0.4)


def test_doccano_lines_are_what_its_importer_takes(tmp_path: Path):
    """As JSONLParser and the label maker of doccano do it: one object a line, data in "text", [start, end, label] in "label"."""
    for line, record in zip(write("doccano", tmp_path).read_text(encoding="utf-8").splitlines(), NASTY, strict=True):
        row = json.loads(line)
        assert [(row["text"][start:end], label) for start, end, label in row["label"]] == [
            (record.text[span.start : span.end], span.label) for span in record.spans
        ]


def test_a_spreadsheet_runs_no_cell(tmp_path: Path):
    import csv

    with write("csv", tmp_path).open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
