"""The life of a Job row. Whoever runs the work is known only by these calls, so all of them may come twice."""

import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from annotator.enums import JobState
from annotator.models import Job

OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
PROGRESS_SECONDS = 0.5


def claim_job(job_id: UUID | str) -> Job | None:
    """The job, now running; None if it is gone, done or failed. A job that was running already is taken over: its worker died."""
    taken = Job.objects.filter(pk=job_id, state__in=OPEN_STATES)
    if not taken.update(state=JobState.RUNNING, touched_at=timezone.now()):
        return None
    return Job.objects.select_related("batch", "created_by").get(pk=job_id)


def progress_writer(job: Job) -> Callable[[int, int], None]:
    """A callback (done, total) that writes to the row, at most twice a second and at the end."""
    written = 0.0

    def write(done: int, total: int) -> None:
        nonlocal written
        now = time.monotonic()
        if now - written >= PROGRESS_SECONDS or done >= total:
            written = now
            Job.objects.filter(pk=job.pk).update(done=done, total=total, touched_at=timezone.now())

    return write


def finish_job(job: Job, *, result: dict) -> None:
    """Does nothing if the job is over already."""
    open_job = Job.objects.filter(pk=job.pk, state__in=OPEN_STATES)
    open_job.update(state=JobState.DONE, result=result, touched_at=timezone.now())


def fail_job(job: Job, *, code: str, message: str) -> None:
    """Does nothing if the job is over already."""
    open_job = Job.objects.filter(pk=job.pk, state__in=OPEN_STATES)
    open_job.update(state=JobState.FAILED, error_code=code, error=message, touched_at=timezone.now())


def find_lost_jobs(*, queued_before: datetime, running_before: datetime) -> list[Job]:
    """Jobs whose message or worker seems lost, by their last sign of life. Those returned count as touched now."""
    queued = Job.objects.filter(state=JobState.QUEUED, touched_at__lt=queued_before)
    running = Job.objects.filter(state=JobState.RUNNING, touched_at__lt=running_before)
    lost = list(queued) + list(running)
    now = timezone.now()
    return [
        job
        for job in lost
        if Job.objects.filter(pk=job.pk, state=job.state, touched_at=job.touched_at).update(touched_at=now)
    ]
