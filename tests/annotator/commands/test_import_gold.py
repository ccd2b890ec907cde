"""import_gold: any format, with what was refused and what contradicts beside the file."""

import csv

import pytest
from django.core.management import CommandError, call_command

from annotator.models import Annotation
from ner_core.formats import Record
from ner_core.formats.registry import FORMATS
from ner_core.spans import Span
from tests.factories import make_annotation, make_title

RECORDS = [Record("Nova Star in Rome", (Span(0, 9, "PER"),)), Record("Kid Orbit", (Span(0, 9, "PER"),))]


def run(path, capsys, **options):
    call_command("import_gold", path, **options)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_taken(db, tmp_path, capsys, name):
    path = tmp_path / f"gold{FORMATS[name].suffix}"
    FORMATS[name].write_file(RECORDS, path)
    assert run(path, capsys, format=name, use="training") == [
        f"{path}: 2 read, 2 settled, 0 as they were, 0 conflicts, 0 rejected"
    ]
    assert set(Annotation.objects.values_list("source", flat=True)) == {"taught"}


def test_conflicts_and_rejects_stand_beside_the_file(db, tmp_path, capsys):
    make_annotation(make_title("Kid Orbit"), spans=[])
    path = tmp_path / "gold.jsonl"
    FORMATS["jsonl"].write_file(RECORDS, path)
    path.write_text(path.read_text() + "{\n")
    lines = run(path, capsys)
    assert lines == [
        f"{path}: 3 read, 1 settled, 0 as they were, 1 conflicts, 1 rejected",
        f"see {path}.conflicts.csv",
        f"see {path}.rejects.csv",
    ]
    rows = [
        list(csv.reader((tmp_path / f"gold.jsonl.{name}.csv").open(encoding="utf-8-sig")))
        for name in ("conflicts", "rejects")
    ]
    assert [row[1][:2] for row in rows] == [["2", "conflict"], ["3", "not_json"]]


def test_what_cannot_be_read_is_said(db, tmp_path):
    (tmp_path / "gold.xyz").write_text("")
    (tmp_path / "gold.jsonl").write_bytes(b"\xff\xfe")
    for name in ("gold.xyz", "gold.jsonl", "missing.jsonl"):
        with pytest.raises(CommandError):
            call_command("import_gold", tmp_path / name)


def test_the_name_of_an_export_tells_its_format(db, tmp_path, capsys):
    path = tmp_path / "lineup-0123.doccano.jsonl"
    FORMATS["doccano"].write_file(RECORDS, path)
    run(path, capsys)
    assert [len(spans) for spans in Annotation.objects.values_list("spans", flat=True)] == [1, 1]


def test_labels_of_another_format_are_never_taken_for_titles_without_spans(db, tmp_path):
    path = tmp_path / "gold.jsonl"
    FORMATS["doccano"].write_file(RECORDS, path)
    with pytest.raises(CommandError, match="doccano"):
        call_command("import_gold", path)
    assert not Annotation.objects.exists()
