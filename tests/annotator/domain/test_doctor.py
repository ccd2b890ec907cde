"""Each thing that can be wrong is found, with what to do."""

import json
from collections import namedtuple
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from annotator.domain import doctor
from annotator.domain.doctor import ERROR, OK, WARNING, Finding, examine
from annotator.domain.model_versions import add_checkpoint, promote_model
from annotator.enums import JobKind
from annotator.models import Job, ModelVersion, Title, WorkerHeartbeat
from tests.checkpoints import build_tiny_checkpoint
from tests.factories import make_model_version, make_title

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def sound(db: None, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    """A desk at which all is well."""
    settings.VAR_DIR, settings.MODELS_DIR = tmp_path, tmp_path / "models"
    monkeypatch.setattr(doctor, "broker_reachable", lambda: True)
    monkeypatch.setattr("annotator.domain.queries.queue.broker_reachable", lambda: True)
    monkeypatch.setattr(doctor.checks, "run_checks", list)
    monkeypatch.setattr(
        doctor, "_sqlite", lambda: Finding("database file", OK, "sound")
    )  # that of the tests is in memory
    WorkerHeartbeat.objects.create(hostname="worker@desk", seen_at=timezone.now())
    return promote_model(add_checkpoint(build_tiny_checkpoint(tmp_path / "tiny")))


def wrong() -> dict[str, Finding]:
    return {finding.check: finding for finding in examine() if finding.level != OK}


def test_a_sound_desk_has_nothing_wrong(sound):
    assert wrong() == {}
    out = StringIO()
    call_command("doctor", "--json", stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {line["level"] for line in lines} == {"ok"}
    assert {"settings", "database", "migrations", "broker", "worker", "work"} < {line["check"] for line in lines}


def test_the_command_tells_what_to_do_and_fails(sound):
    WorkerHeartbeat.objects.all().delete()
    out = StringIO()
    with pytest.raises(CommandError, match=r"One thing is broken\."):
        call_command("doctor", stdout=out)
    assert "ERROR   worker: none gave a sign of life lately\n        -> Start it: make run" in out.getvalue()


def test_a_dead_worker_and_titles_that_wait_for_it(sound):
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    make_title("Ana in Rome")
    Title.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    found = wrong()
    assert (found["worker"].level, found["work"].level) == (ERROR, WARNING)
    assert "1 titles have waited" in found["work"].words


def test_a_job_whose_message_is_lost_is_told_and_not_touched(sound):
    old = timezone.now() - timedelta(hours=3)
    job = Job.objects.create(kind=JobKind.EXPORT)
    Job.objects.update(touched_at=old)
    assert wrong()["jobs"].level == WARNING
    job.refresh_from_db()
    assert job.touched_at == old


def test_a_broker_that_does_not_answer(sound, monkeypatch):
    monkeypatch.setattr(doctor, "broker_reachable", lambda: False)
    assert wrong()["broker"].level == ERROR


def test_a_database_that_does_not_answer_hides_what_it_would_tell(sound, monkeypatch):
    def fail() -> list:
        raise DatabaseError("no route to host\nmore")

    monkeypatch.setattr(doctor, "_unapplied", fail)
    found = wrong()
    assert found["database"].words.endswith("does not answer: no route to host")
    assert set(found) == {"database"}


def test_missing_migrations(sound, monkeypatch):
    monkeypatch.setattr(doctor, "_unapplied", lambda: ["annotator.0017_indexes"])
    assert "annotator.0017_indexes" in wrong()["migrations"].words


@pytest.mark.parametrize(("free", "level"), [(2 * 2**30, WARNING), (2**20, ERROR)])
def test_a_disk_that_fills(sound, monkeypatch, free, level):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _place: Usage(10**12, 0, free))
    assert {finding.level for finding in wrong().values()} == {level}


def test_a_directory_that_cannot_be_written_to(sound, settings, tmp_path):
    (tmp_path / "file").write_text("no directory")
    settings.MODELS_DIR = tmp_path / "file"
    assert wrong()["directory MODELS_DIR"].level == ERROR


def test_a_damaged_model_is_an_error_where_it_is_active_and_a_warning_elsewhere(sound, settings):
    other = add_checkpoint(build_tiny_checkpoint(Path(settings.VAR_DIR) / "other", seed=5))
    for version in (sound, other):
        weights = settings.MODELS_DIR / version.directory / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    found = wrong()
    assert (found[f"model {sound.name}"].level, found[f"model {other.name}"].level) == (ERROR, WARNING)
    assert "artifact_corrupt" in found[f"model {sound.name}"].words


def test_no_active_model(sound):
    ModelVersion.objects.update(state="candidate")
    assert wrong()["model"].level == ERROR
    make_model_version("gone", state="retired")
    assert "model gone" in wrong()


def test_settings_that_contradict_each_other(sound, monkeypatch):
    problem = doctor.checks.Error(
        "The middle band begins above the high band.", hint="Set BAND_MIDDLE", id="lineup.E001"
    )
    monkeypatch.setattr(doctor.checks, "run_checks", lambda: [problem])
    assert wrong()["settings"] == Finding(
        "settings", ERROR, "The middle band begins above the high band. (lineup.E001)", "Set BAND_MIDDLE"
    )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="one machine, one clock")
def test_a_clock_that_goes_wrong(sound, monkeypatch):
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr(doctor.timezone, "now", lambda: later)
    assert wrong()["clock"].level == ERROR


def test_the_file_of_sqlite(tmp_path, monkeypatch):
    answers = {"PRAGMA journal_mode": ("wal",), "PRAGMA quick_check(1)": ("ok",)}

    class Cursor:
        def __enter__(self) -> "Cursor":
            return self

        def __exit__(self, *_error: object) -> None:
            pass

        def execute(self, sql: str) -> "Cursor":
            self.answer = answers[sql]
            return self

        def fetchone(self) -> tuple[str]:
            return self.answer

    monkeypatch.setattr(doctor.connection, "cursor", Cursor)
    assert doctor._sqlite().level == OK
    answers["PRAGMA journal_mode"] = ("delete",)
    assert doctor._sqlite().level == WARNING
    answers["PRAGMA quick_check(1)"] = ("row 3 missing from index",)
    assert doctor._sqlite() == Finding(
        "database file",
        ERROR,
        "row 3 missing from index",
        "Stop the desk and restore the last backup (manage.py restore).",
    )
