import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.models import Snapshot
from tests.factories import SPANS, make_annotation, make_title

TEXT = "Ana Torres live in Lisbon"


@pytest.fixture(autouse=True)
def directories(settings, tmp_path):
    settings.SNAPSHOTS_DIR, settings.EXPORTS_DIR = tmp_path / "snapshots", tmp_path / "exports"


@pytest.fixture
def annotations(db):
    make_annotation(make_title(TEXT))
    make_annotation(make_title("L’Été\u2028 🎺"), spans=[], source="imported")


def export(*arguments):
    out, err = StringIO(), StringIO()
    call_command("export_dataset", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_without_arguments_a_jsonl_file_is_written_and_named(annotations, settings):
    out, err = export()

    path = Path(out.strip())
    assert (path.parent, path.suffix) == (settings.EXPORTS_DIR, ".jsonl")
    assert [json.loads(line)["text"] for line in path.read_text().splitlines()] == [TEXT, "L’Été 🎺"]
    assert err == f"2 titles, snapshot {Snapshot.objects.get().digest}\n"


def test_to_standard_output_goes_the_file_and_nothing_else(annotations):
    out, _ = export("--format", "jsonl", "--source", "reviewed", "--output", "-")

    assert [(row["text"], row["spans"]) for row in map(json.loads, out.splitlines())] == [(TEXT, SPANS)]


def test_a_file_of_ones_own_in_conll_from_several_sources(annotations, tmp_path):
    target = tmp_path / "deep" / "set.conll"
    out, _ = export("--format", "conll", "--source", "reviewed", "imported", "--output", str(target))

    assert (out.strip(), target.read_text().count("# text = ")) == (str(target), 2)


def test_something_that_is_not_a_file_is_not_replaced(annotations, tmp_path):
    with pytest.raises(CommandError, match="is not a file"):
        export("--output", str(tmp_path))


def test_a_place_that_cannot_be_written_is_named(annotations, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="file"):
        export("--output", str(tmp_path / "file" / "set.jsonl"))


@pytest.mark.parametrize("arguments", [("--format", "xlsx"), ("--source", "guessed")])
def test_unknown_choices_are_refused(arguments, db):
    with pytest.raises(CommandError, match="invalid choice"):
        export(*arguments)
