"""The life of a Job row. Whoever runs the work is known only by these calls, so all of them may come twice."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.enums import JobState
from annotator.exceptions import JobCancelled
from annotator.models import Job

OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
PROGRESS_SECONDS = 0.5
ATTEMPTS_MAX = 10
LOST = "lost"
CLOCKS_APART = timedelta(seconds=60)


def claim_job(job_id: UUID | str) -> Job | None:
    """The job, now running; None if it is gone, done or failed. A job that was running already is taken over: its worker died.

    A job that has been begun ATTEMPTS_MAX times fails with the code given_up: it may be what kills the workers.
    """
    taken = Job.objects.filter(pk=job_id, state__in=OPEN_STATES)
    if not taken.update(state=JobState.RUNNING, touched_at=timezone.now()):
        return None
    job = Job.objects.select_related("batch", "created_by").get(pk=job_id)
    job.params.pop(LOST, None)
    attempts = job.params.get("attempts", 0) + 1
    if attempts > ATTEMPTS_MAX:
        fail_job(job, code="given_up", message=_("Begun %(count)d times and never finished.") % {"count": ATTEMPTS_MAX})
        return None
    job.params["attempts"] = attempts
    job.save(update_fields=["params"])
    return job


@transaction.atomic
def claim_alone(job_id: UUID | str) -> Job | None:
    """claim_job for work that must not run twice at once: a job that shows signs of life is left to whoever runs it, unless
    find_lost_jobs has just given it up for lost. Of two at once the second finds it alive."""
    quiet_since = timezone.now() - timedelta(seconds=settings.JOB_SILENT_SECONDS)
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    begun = job is not None and job.state == JobState.RUNNING and "attempts" in job.params and not job.params.get(LOST)
    alive = begun and quiet_since <= job.touched_at <= timezone.now() + CLOCKS_APART
    return None if alive else claim_job(job_id)


def cancel_job(job: Job) -> bool:
    """Stops the work at its next sign of life; False if it is over already. Twice is once."""
    return bool(
        Job.objects.filter(pk=job.pk, state__in=OPEN_STATES).update(state=JobState.CANCELLED, touched_at=timezone.now())
    )


def touch_job(job: Job, **fields: object) -> None:
    """Writes progress. Raises JobCancelled if the job does not run any more."""
    if not Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(touched_at=timezone.now(), **fields):
        raise JobCancelled(_("The work was stopped."))


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


def fail_unexpectedly(job_id: UUID | str, *, error: Exception) -> None:
    """For what no domain error explains: the page names the kind of error, the worker's log has the rest."""
    job = Job.objects.filter(pk=job_id).first()
    if job is not None:
        message = _("An unexpected error (%(kind)s); the worker's log says more.") % {"kind": type(error).__name__}
        fail_job(job, code="unexpected", message=message)


def find_lost_jobs(*, queued_before: datetime, running_before: datetime) -> list[Job]:
    """Jobs whose message or worker seems lost, by their last sign of life. Those returned count as touched now, and as given up by whoever
    ran them: the next claim gets them."""
    queued = Job.objects.filter(Q(touched_at__lt=queued_before) | _from_the_future(), state=JobState.QUEUED)
    running = Job.objects.filter(Q(touched_at__lt=running_before) | _from_the_future(), state=JobState.RUNNING)
    lost = list(queued) + list(running)
    now = timezone.now()
    return [
        job
        for job in lost
        if Job.objects.filter(pk=job.pk, state=job.state, touched_at=job.touched_at).update(
            touched_at=now, params=job.params | ({LOST: True} if job.state == JobState.RUNNING else {})
        )
    ]


def _from_the_future() -> Q:
    """A sign of life that a clock gave which was put back since: it says nothing of now."""
    return Q(touched_at__gt=timezone.now() + CLOCKS_APART)
