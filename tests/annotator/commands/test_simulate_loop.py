"""simulate_loop: with a real, tiny checkpoint, from two files to points and plots."""

import json

import pytest
from django.core.management import CommandError, call_command

from ner_core.formats import Record
from ner_core.formats.registry import FORMATS
from ner_core.spans import Span
from tests.checkpoints import build_tiny_checkpoint

RECORDS = [Record(f"Nova {name} in Rome", (Span(0, 5 + len(name), "PER"),)) for name in ("A", "B", "C", "D", "E", "F")]


def test_a_run_leaves_points_and_two_plots_and_says_who_was_first(tmp_path, capsys, settings):
    settings.TRAIN_THREADS = 1
    for name, records in (("pool", RECORDS[:4]), ("test", RECORDS[4:])):
        FORMATS["jsonl"].write_file(records, tmp_path / f"{name}.jsonl")
    base = build_tiny_checkpoint(tmp_path / "base")
    call_command(
        "simulate_loop", tmp_path / "pool.jsonl", tmp_path / "test.jsonl", base=base, every=2, steps=2,
        strategy=["random", "mixed", "mixed-without-memory"], output=tmp_path / "out",
    )  # fmt: skip
    points = json.loads((tmp_path / "out" / "points.json").read_text())
    assert {name: [point["titles"] for point in run] for name, run in points.items()} == {
        name: [0, 2, 4] for name in ("random", "mixed", "mixed-without-memory")
    }
    for name in ("titles", "minutes"):
        assert (tmp_path / "out" / f"f1-by-{name}.svg").read_text().count("<polyline") == 6
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "random",
        "mixed",
        "mixed-without-memory",
    ]


def test_what_cannot_be_read_is_said(tmp_path):
    (tmp_path / "pool.jsonl").write_text("{\n")
    for pool in ("pool.jsonl", "missing.jsonl"):
        with pytest.raises(CommandError):
            call_command("simulate_loop", tmp_path / pool, tmp_path / pool, base=tmp_path)
