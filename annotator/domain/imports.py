"""An uploaded file becomes a batch."""

from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

from annotator.domain.ingest import close_batch, ingest_rows
from annotator.domain.job_rows import claim_job, fail_job, finish_job, progress_writer
from annotator.domain.readers import read_rows
from annotator.domain.rejects import rejects_file
from annotator.exceptions import LineupDeskError
from annotator.models import Job


def upload_path(job: Job) -> Path:
    return settings.UPLOADS_DIR / job.params["file"]


def rejects_path(job: Job) -> Path:
    return upload_path(job).with_suffix(".rejects.csv")


def run_import(job_id: str, *, on_titles: Callable[[Sequence[int]], object]) -> None:
    """Reads the job's file into its batch; `on_titles` gets the title ids of each part as soon as it is stored.

    Progress is counted in bytes. A file that cannot be read fails the job with its code. Run twice or after a death half-way: nothing
    is stored twice. A job that is over or gone is left alone.
    """
    job = claim_job(job_id)
    if job is None:
        return
    try:
        result = _read(job, on_titles)
    except LineupDeskError as error:
        fail_job(job, code=error.code, message=error.message)
    except FileNotFoundError:
        fail_job(job, code="upload_gone", message=f"{job.params['file']} is no longer on the disk")
    else:
        finish_job(job, result=result)
    if job.batch:
        close_batch(job.batch)


def _read(job: Job, on_titles: Callable[[Sequence[int]], object]) -> dict:
    path = upload_path(job)
    size = path.stat().st_size
    write = progress_writer(job)
    with path.open("rb") as file, rejects_file(rejects_path(job)) as reject:
        count = ingest_rows(
            job.batch,
            read_rows(file, job.params["kind"]),
            on_progress=lambda _rows: write(min(file.tell(), max(size - 1, 0)), size),
            on_reject=reject,
            on_chunk=on_titles,
        )
    write(size, size)
    return {"read": count.read, "new": count.new, "repeated": count.repeated, "rejected": count.rejected}
