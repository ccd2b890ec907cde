"""What we write, read by the programs it is for. Those that cannot live beside our pins run in an environment of their own:

python3.11 -m venv DC && DC/bin/pip install doccano==1.8.4 'marshmallow<3.20' 'numpy<2' 'setuptools<80'
python3.11 -m venv LS && LS/bin/pip install label-studio-sdk==2.1.2
DOCCANO_PYTHON=DC/bin/python LABEL_STUDIO_PYTHON=LS/bin/python make test ARGS=tests/ner_core/formats
"""

import json
import math
import os
import subprocess
from pathlib import Path

import datasets
import pandas as pd
import pytest

from ner_core.formats import Record
from ner_core.formats.registry import FORMATS
from ner_core.labels import LABELS, LabelScheme
from ner_core.spans import Span
from ner_core.text import code_points_to_utf16

HERE = Path(__file__).parent
PREDICTED = [{"start": 0, "end": 3, "label": "PER", "score": 0.4}]
JUDGED = {"source": "reviewed", "confidence": 0.7, "reviewer_count": 2, "changed": True, "predicted": PREDICTED}
TITLES = [
    Record("Zoë in Nîmes", (Span(0, 3, "PER"), Span(7, 12, "LOC")), JUDGED | {"model_version": "starter"}),
    Record("Zoë", (Span(0, 3, "PER"),), dict.fromkeys(JUDGED) | {"source": "imported"}),
    Record("👩‍👩‍👧‍👦 Family 🎉 in Rome", (Span(0, 7, "PER"), Span(20, 24, "LOC"))),
    Record("AnaBo", (Span(0, 3, "PER"), Span(3, 5, "MISC"))),
    Record("  odd \u00a0 white\tspace\u2028\r\n\x85 ", (Span(2, 5, "MISC"),)),
    Record("\u202eעברית\u202c e\u0301tude", (Span(1, 6, "PER"),)),
    Record('=1+1 "quoted" it\'s ~{', (), {"filename": 7, "text": "hidden", "label": [], "entities": [[0, 1, "PER"]], "id": 9}),
    Record("x" * 5000 + " end", (Span(5001, 5004, "DATE"),)),
]  # fmt: skip


def write(name: str, directory: Path, records: list[Record]) -> Path:
    path = directory / f"titles{FORMATS[name].suffix}"
    FORMATS[name].write_file(records, path)
    return path


def triples(record: Record) -> list[list]:
    return [list(span.triple) for span in record.spans]


def run_elsewhere(variable: str, script: str, *arguments: str | Path) -> None:
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} names no Python that has it installed: see the head of this file")
    done = subprocess.run([python, HERE / script, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_doccano_itself_imports_the_file_and_we_read_its_export(tmp_path: Path):
    path = write("doccano", tmp_path, TITLES)
    run_elsewhere("DOCCANO_PYTHON", "run_doccano.py", path, tmp_path)
    imported = json.loads((tmp_path / "imported.json").read_text())
    wanted = [[record.text, triples(record), record.meta] for record in TITLES]
    assert imported == {"titles": wanted, "errors": []}
    back = list(FORMATS["doccano"].read_file(tmp_path / "all.jsonl"))
    assert [(record.text, record.spans) for record in back] == [(record.text, record.spans) for record in TITLES]


def as_doccano_reads(path: Path) -> list[dict]:
    """Rows as the importer of doccano 1.8.4 makes them, restated from backend/data_import/pipeline:

    parsers.py, LineReader and JSONLParser: a text file by lines, without blanks at the end, json.loads of each;
    readers.py, Reader.batch: all rows in one data frame; makers.py, ExampleMaker: a title needs text, all columns but the text and the
    label are its meta data; LabelMaker: one label for each item of the exploded label column.
    """
    with path.open(encoding="ascii") as file:
        own = {"example_uuid": "", "filename": "titles.jsonl", "upload_name": "titles.jsonl"}
        frame = pd.DataFrame(
            [own | {"#line_number": line} | json.loads(row.rstrip()) for line, row in enumerate(file, 1)]
        )
    labels = frame.explode("label").dropna(subset=["label"])
    rows = frame.drop(columns=["label", *own]).to_dict(orient="records")
    return [
        row | {"labels": sorted(labels[labels["#line_number"] == row["#line_number"]]["label"])}
        for row in rows
        if row["text"]
    ]  # fmt: skip


def test_what_doccano_makes_of_the_lines_is_what_was_written_without_a_number_that_is_none(tmp_path: Path):
    rows = as_doccano_reads(write("doccano", tmp_path, TITLES))
    assert [[row["text"], row["labels"], row["meta"]] for row in rows] == [
        [record.text, triples(record), record.meta] for record in TITLES
    ]
    assert not [row for row in rows for value in row.values() if isinstance(value, float) and math.isnan(value)]
    assert {key for row in rows for key in row} == {"#line_number", "id", "text", "labels", "meta"}


def test_label_studio_itself_takes_the_tasks(tmp_path: Path):
    labels = "".join(f'<Label value="{label}"/>' for label in LABELS)
    configuration = (
        f'<View><Labels name="label" toName="text">{labels}</Labels><Text name="text" value="$text"/></View>'
    )
    path = write("labelstudio", tmp_path, TITLES)
    run_elsewhere("LABEL_STUDIO_PYTHON", "run_label_studio.py", path, configuration, tmp_path)
    assert json.loads((tmp_path / "refused.json").read_text()) == []
    tasks = json.loads((tmp_path / "min.json").read_text(encoding="utf-8"))
    for task, record in zip(tasks, TITLES, strict=True):
        assert task["text"] == record.text
        assert [[found["start"], found["end"], found["labels"][0]] for found in task.get("label") or []] == [
            [code_points_to_utf16(record.text, span.start), code_points_to_utf16(record.text, span.end), span.label]
            for span in record.spans
        ]


def test_a_directory_with_the_parquet_is_a_dataset_for_the_trainer(tmp_path: Path):
    """As https://huggingface.co/docs/transformers/tasks/token_classification does it, up to the loss."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        BertConfig,
        BertForTokenClassification,
        DataCollatorForTokenClassification,
        PreTrainedTokenizerFast,
    )

    (tmp_path / "titles").mkdir()
    write("parquet", tmp_path / "titles", TITLES[:3])
    found = datasets.load_dataset(str(tmp_path / "titles"), split="train", cache_dir=str(tmp_path / "cache"))
    names = found.features["ner_tags"].feature.names
    assert tuple(names) == LabelScheme.bio().id2label

    letters = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1}, unk_token="[UNK]"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, pad_token="[PAD]", unk_token="[UNK]")

    def encode(row: dict) -> dict:
        encoded = tokenizer(row["tokens"], is_split_into_words=True)
        return {**encoded, "labels": [row["ner_tags"][word] for word in encoded.word_ids()]}

    encoded = found.map(encode, remove_columns=found.column_names)
    batch = DataCollatorForTokenClassification(tokenizer)(list(encoded))
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    model = BertForTokenClassification(BertConfig(vocab_size=2, num_labels=len(names), **small))
    assert model(**batch).loss.item() > 0
