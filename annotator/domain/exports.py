"""Exports that run as background jobs."""

from pathlib import Path

from django.conf import settings

from annotator.domain.datasets import export_annotations
from annotator.domain.job_rows import claim_job, fail_job, finish_job, progress_writer
from annotator.exceptions import LineupDeskError
from annotator.models import Job


def export_path(job: Job) -> Path:
    """Where the file of a finished export is."""
    return settings.EXPORTS_DIR / job.result["file"]


def run_export(job_id: str) -> None:
    """Makes the job's snapshot, renders it under EXPORTS_DIR and notes the file, rows and digest in the job's result.

    Progress is counted in rows, each twice: read and written. What the domain refuses, or a disk that is full, fails the job with a code.
    Run twice, or after a death half-way: the same file. A job that is over or gone is left alone.
    """
    job = claim_job(job_id)
    if job is None:
        return
    try:
        result = _export(job)
    except LineupDeskError as error:
        fail_job(job, code=error.code, message=error.message)
    except OSError as error:
        fail_job(job, code="file_not_written", message=str(error))
    else:
        finish_job(job, result=result)


def _export(job: Job) -> dict:
    export = export_annotations(
        fmt=job.params["format"],
        sources=job.params["sources"],
        actor=job.created_by,
        on_progress=progress_writer(job),
    )
    snapshot = export.snapshot
    return {"file": export.name, "rows": snapshot.rows, "digest": snapshot.digest, "snapshot": str(snapshot.pk)}
