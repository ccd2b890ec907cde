import errno
from uuid import uuid4

import pytest

from annotator.domain import exports
from annotator.domain.exports import export_path, run_export
from annotator.enums import JobKind, JobState
from annotator.models import Job, Snapshot
from tests.factories import make_annotation


@pytest.fixture(autouse=True)
def directories(settings, tmp_path):
    settings.SNAPSHOTS_DIR, settings.EXPORTS_DIR = tmp_path / "snapshots", tmp_path / "exports"


def make_job(fmt="jsonl", sources=None, **fields):
    return Job.objects.create(kind=JobKind.EXPORT, params={"format": fmt, "sources": sources}, **fields)


def run(job):
    run_export(str(job.pk))
    job.refresh_from_db()
    return job


def test_an_export_job_ends_with_its_file(lead):
    make_annotation()
    make_annotation(source="imported")
    job = run(make_job("conll", ["imported"], created_by=lead))

    snapshot = Snapshot.objects.get()
    assert job.result == {
        "file": f"lineup-{snapshot.digest[:12]}.conll",
        "rows": 1,
        "digest": snapshot.digest,
        "snapshot": str(snapshot.pk),
    }
    assert (job.state, job.done, job.total, snapshot.created_by) == (JobState.DONE, 2, 2, lead)
    assert export_path(job).read_text().startswith("# text = ")


def test_an_export_job_that_died_half_way_is_done_by_the_next_worker(db):
    make_annotation()
    job = run(make_job(state=JobState.RUNNING, done=1, total=2))

    assert (job.state, job.result["rows"]) == (JobState.DONE, 1)


def test_a_job_that_is_over_or_gone_is_left_alone(db):
    failed = make_job(state=JobState.FAILED)
    run_export(str(uuid4()))

    assert (run(failed).state, failed.result, Snapshot.objects.count()) == (JobState.FAILED, {}, 0)


def test_what_the_domain_refuses_fails_the_job_with_its_code(db):
    job = run(make_job("xlsx"))

    assert (job.state, job.error_code, job.error) == (
        JobState.FAILED,
        "unknown_format",
        "xlsx is not an export format.",
    )


def test_a_full_disk_fails_the_job(db, monkeypatch):
    def fail(**given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exports, "export_annotations", fail)
    job = run(make_job())

    assert (job.state, job.error_code, "No space left" in job.error) == (JobState.FAILED, "file_not_written", True)
