import errno
import hashlib
import json
import os
import time
from functools import partial
from uuid import uuid4

import pytest

from annotator.domain import datasets, snapshot_rows
from annotator.domain.datasets import (
    create_snapshot,
    export_annotations,
    read_snapshot,
    render_snapshot,
    snapshot_path,
)
from annotator.domain.review import record_verdict, undo_verdict
from annotator.enums import Action, AnnotationSource, ExportFormat
from annotator.exceptions import InvalidExport
from annotator.models import Annotation, Snapshot
from ner_core.formats.registry import FORMATS
from ner_core.guidelines import edition
from tests.factories import (
    SPANS,
    make_annotation,
    make_model_version,
    make_prediction,
    make_queue_item,
    make_title,
    make_user,
    spans_of,
)
from tests.races import run_at_once


@pytest.fixture(autouse=True)
def directories(settings, tmp_path):
    settings.SNAPSHOTS_DIR, settings.EXPORTS_DIR = tmp_path / "snapshots", tmp_path / "exports"
    return tmp_path


def lines_of(snapshot):
    return [json.loads(line) for line in snapshot_path(snapshot.digest).read_text().splitlines()]


def files_in(directory):
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


def test_a_snapshot_holds_one_line_a_title_with_where_it_came_from(reviewer, lead, model_version):
    auto = make_prediction(make_title("Ana Torres live in Lisbon"), confidence=0.96)
    make_annotation(source=AnnotationSource.AUTO, prediction=auto)
    item = make_queue_item(make_title("Ana Torres live in Porto"), confidence=0.5)
    record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action="correct", spans=SPANS[:1])
    record_verdict(title_id=item.title_id, reviewer=lead, verdict_id=uuid4(), action=Action.ACCEPT)
    make_annotation(make_title("L’Été à Nîmes 🎺"), spans=[], source=AnnotationSource.IMPORTED)

    snapshot = create_snapshot(actor=lead)

    name = model_version.name
    assert lines_of(snapshot) == [
        {
            "text": "Ana Torres live in Lisbon",
            "spans": SPANS,
            "source": "auto",
            "model_version": name,
            "confidence": 0.96,
            "raw_confidence": None,
            "reviewer_count": 0,
            "changed": False,
            "predicted": auto.spans,
            "sampling_probability": None,
            "side": "train",
        },
        {
            "text": "Ana Torres live in Porto",
            "spans": SPANS[:1],
            "source": "reviewed",
            "model_version": name,
            "confidence": 0.5,
            "raw_confidence": None,
            "reviewer_count": 2,
            "changed": True,
            "predicted": item.prediction.spans,
            "sampling_probability": 1.0,
            "side": "train",
        },
        {
            "text": "L’Été à Nîmes 🎺",
            "spans": [],
            "source": "imported",
            "model_version": None,
            "confidence": None,
            "raw_confidence": None,
            "reviewer_count": 0,
            "changed": None,
            "predicted": None,
            "sampling_probability": None,
            "side": "gold",
        },
    ]
    assert (snapshot.rows, snapshot.created_by) == (3, lead)


def test_a_snapshot_is_named_by_its_content_and_described_by_its_manifest(db, monkeypatch):
    monkeypatch.setattr(datasets, "revision", lambda: "abc123")
    make_annotation(source=AnnotationSource.AUTO, prediction=make_prediction())
    annotation = make_annotation(make_title("Kid Orbit, Bergen"), spans=[{"start": 0, "end": 9, "label": "PER"}])

    snapshot = create_snapshot(actor=None, sources=[AnnotationSource.REVIEWED])

    digest = hashlib.sha256(snapshot_path(snapshot.digest).read_bytes()).hexdigest()
    moment = annotation.updated_at.isoformat()
    assert snapshot.digest == digest
    assert snapshot.manifest == {
        "format": 2,
        "filter": {"sources": ["reviewed"]},
        "rows": 1,
        "changed": 0,
        "label_set": ["PER", "LOC", "ORG", "MISC", "DATE"],
        "labels": {"PER": 1, "LOC": 0, "ORG": 0, "MISC": 0, "DATE": 0},
        "sources": {"reviewed": 1},
        "sides": {"train": 1, "dev": 0, "gold": 0, "withheld": 0},
        "split": {"seed": "lineup", "dev_share": 0.2},
        "guidelines": edition(),
        "revision": "abc123",
        "model_versions": [],
        "settled_between": [moment, moment],
    }


def test_the_same_content_is_the_same_snapshot(db, directories):
    make_annotation()
    first, second = create_snapshot(actor=None), create_snapshot(actor=None)

    assert (first, Snapshot.objects.count(), files_in(directories)) == (second, 1, [f"{first.digest}.jsonl"])


def test_another_content_is_another_snapshot_and_the_first_one_stays(db):
    make_annotation()
    first = create_snapshot(actor=None)
    make_annotation()
    second = create_snapshot(actor=None)

    assert (len(lines_of(first)), len(lines_of(second)), Snapshot.objects.count()) == (1, 2, 2)


def test_an_undone_reading_does_not_count_as_a_reviewer(reviewer, lead):
    item = make_queue_item()
    for who in (lead, reviewer):
        verdict = record_verdict(title_id=item.title_id, reviewer=who, verdict_id=uuid4(), action=Action.ACCEPT)
    undo_verdict(verdict.pk, reviewer=reviewer, undo_id=uuid4())
    record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.SKIP)

    assert lines_of(create_snapshot(actor=None))[0]["reviewer_count"] == 1


def test_a_snapshot_of_nothing_has_no_rows(db):
    snapshot = create_snapshot(actor=None)

    assert (snapshot.rows, snapshot.manifest["settled_between"], lines_of(snapshot)) == (0, [], [])


def test_an_unknown_source_is_refused(db):
    with pytest.raises(InvalidExport) as error:
        create_snapshot(actor=None, sources=["reviewed", "guessed"])
    assert (error.value.code, error.value.field) == ("unknown_source", "sources")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_snapshot_asks_as_often_for_one_row_as_for_three(rows, db, django_assert_num_queries):
    for _ in range(rows):
        make_annotation(prediction=make_prediction())

    with django_assert_num_queries(9):  # count, gold, chunk, readers, end of chunks, get, savepoint, insert, release
        assert create_snapshot(actor=None).rows == rows


def test_chunks_change_nothing(db, monkeypatch):
    for _ in range(5):
        make_annotation()
    whole = create_snapshot(actor=None)
    monkeypatch.setattr(snapshot_rows, "CHUNK", 2)

    assert create_snapshot(actor=None) == whole


def test_a_model_that_goes_live_while_a_snapshot_is_written(db, monkeypatch):
    monkeypatch.setattr(snapshot_rows, "CHUNK", 1)
    make_annotation(prediction=make_prediction())
    rows = snapshot_rows.snapshot_rows(snapshot_rows.settled_titles(None))
    next(rows)
    version = make_model_version("new@1", state="candidate")
    make_annotation(prediction=make_prediction(model_version=version))
    assert [row.model_version for row in rows] == ["new@1"]


@pytest.mark.parametrize("fmt", ExportFormat.values)
def test_an_export_is_a_rendered_snapshot(db, lead, fmt, directories):
    title = make_title("Ana Torres live in Lisbon")
    make_annotation(title, spans=spans_of(title.text, ("Ana", "PER"), ("Torres", "PER")))

    export = export_annotations(fmt=fmt, actor=lead)

    assert list(FORMATS[fmt].read_file(export.path)) == list(read_snapshot(export.snapshot))
    ending = {"parquet": "parquet", "labelstudio": "labelstudio.json", "doccano": "doccano.jsonl"}.get(fmt, fmt)
    assert export.name == f"lineup-{export.snapshot.digest[:12]}.{ending}"
    assert files_in(directories) == sorted([f"{export.snapshot.digest}.jsonl", export.name])


def test_conll_rows_are_word_offsets_and_tag(db):
    title = make_title("Ana Torres à Nîmes")
    make_annotation(title, spans=spans_of(title.text, ("Ana Torres", "PER"), ("Nîmes", "LOC")))

    rows = export_annotations(fmt="conll", actor=None).path.read_text().splitlines()[2:-1]

    assert rows == ["Ana\t0\t3\tB-PER", "Torres\t4\t10\tI-PER", "à\t11\t12\tO", "Nîmes\t13\t18\tB-LOC"]


def test_an_unknown_format_is_refused_and_writes_nothing(db, tmp_path):
    with pytest.raises(InvalidExport) as error:
        render_snapshot(create_snapshot(actor=None), "xlsx", tmp_path / "out.xlsx")
    assert (error.value.code, (tmp_path / "out.xlsx").exists()) == ("unknown_format", False)


def test_a_snapshot_whose_file_is_gone_says_so(db, tmp_path):
    snapshot = create_snapshot(actor=None)
    snapshot_path(snapshot.digest).unlink()

    with pytest.raises(InvalidExport) as error:
        render_snapshot(snapshot, "jsonl", tmp_path / "out.jsonl")
    assert (error.value.code, create_snapshot(actor=None), list(read_snapshot(snapshot))) == (
        "snapshot_missing",
        snapshot,
        [],
    )


@pytest.mark.parametrize("damage", [b"", b"{not json\n", b'{"text": "Ana", "spans": []}\n', b"\xff\n"])
def test_a_changed_snapshot_is_never_rendered(db, tmp_path, damage):
    make_annotation()
    snapshot = create_snapshot(actor=None)
    snapshot_path(snapshot.digest).write_bytes(damage)
    (tmp_path / "out.conll").write_text("the export of yesterday")

    with pytest.raises(InvalidExport) as error:
        render_snapshot(snapshot, "conll", tmp_path / "out.conll")
    assert error.value.code == "snapshot_corrupt"
    assert (tmp_path / "out.conll").read_text() == "the export of yesterday"


def test_progress_goes_up_to_the_whole(db, monkeypatch):
    monkeypatch.setattr(datasets, "PROGRESS_EVERY", 2)
    for _ in range(5):
        make_annotation()
    told = []
    export_annotations(fmt="jsonl", actor=None, on_progress=lambda done, total: told.append((done, total)))

    assert told == [(2, 10), (4, 10), (5, 10), (7, 10), (9, 10), (10, 10)]


def test_a_snapshot_that_fails_half_way_leaves_no_file_and_no_row(db, monkeypatch, directories):
    make_annotation()

    def fail(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(datasets, "publish", fail)
    with pytest.raises(OSError, match="No space"):
        create_snapshot(actor=None)
    assert (files_in(directories), Snapshot.objects.count()) == ([], 0)


def test_what_a_killed_process_left_is_removed_a_day_later(db, settings, directories):
    settings.SNAPSHOTS_DIR.mkdir()
    old, young = settings.SNAPSHOTS_DIR / ".lineup-partial-old", settings.SNAPSHOTS_DIR / ".lineup-partial-young"
    for path in (old, young):
        path.write_text("half")
    os.utime(old, (time.time() - 90_000,) * 2)

    snapshot = create_snapshot(actor=None)

    assert files_in(directories) == [".lineup-partial-young", f"{snapshot.digest}.jsonl"]


@pytest.mark.django_db(transaction=True)
def test_two_snapshots_at_once_are_one(directories):
    user = make_user()
    for _ in range(3):
        make_annotation()
        answers = run_at_once(*[partial(create_snapshot, actor=user)] * 2)

        assert answers[0] == answers[1]
        assert lines_of(answers[0])[-1]["text"] == Annotation.objects.latest("pk").title.text
    assert (Snapshot.objects.count(), len(files_in(directories))) == (3, 3)
