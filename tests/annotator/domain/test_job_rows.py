"""Work whose worker died is found, given to one, and done: not left alone for ever because finding it looks like a sign of life."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.domain.job_rows import claim_alone, find_lost_jobs
from annotator.enums import JobKind, JobState
from annotator.models import Job
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(settings) -> Job:
    """A retagging that was begun once and has been silent for too long."""
    job = Job.objects.create(kind=JobKind.RETAG)
    claim_alone(job.pk)
    Job.objects.update(touched_at=timezone.now() - timedelta(seconds=settings.JOB_SILENT_SECONDS + 1))
    return job


def find() -> list[Job]:
    now = timezone.now()
    return find_lost_jobs(queued_before=now - timedelta(seconds=60), running_before=now - timedelta(seconds=900))


def test_who_runs_a_job_is_left_alone(dead):
    assert claim_alone(dead.pk) is not None
    assert (claim_alone(dead.pk), find()) == (None, [])


def test_what_was_found_is_run_by_the_message_that_follows(dead):
    assert (find(), find()) == ([dead], [])
    claimed = claim_alone(dead.pk)
    assert claimed.params == {"attempts": 2}
    assert claim_alone(dead.pk) is None, "and only once"


def test_what_was_found_and_whose_message_was_lost_is_found_again(dead):
    find()
    Job.objects.update(touched_at=timezone.now() - timedelta(seconds=901))
    assert find() == [dead]
    assert claim_alone(dead.pk) == dead


def test_it_is_given_up_in_the_end(dead, settings):
    for _ in range(12):
        find()
        claim_alone(dead.pk)
        Job.objects.update(touched_at=timezone.now() - timedelta(seconds=901))
    dead.refresh_from_db()
    assert (dead.state, dead.error_code) == (JobState.FAILED, "given_up")


@pytest.mark.django_db(transaction=True)
def test_of_two_messages_at_once_one_runs_it(dead):
    find()
    claimed = run_at_once(lambda: claim_alone(dead.pk), lambda: claim_alone(dead.pk))
    assert sorted(job is None for job in claimed) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_of_two_messages_of_a_job_that_nobody_has_begun_one_runs_it():
    job = Job.objects.create(kind=JobKind.TRAIN)
    claimed = run_at_once(lambda: claim_alone(job.pk), lambda: claim_alone(job.pk))
    assert sorted(one is None for one in claimed) == [False, True]
    job.refresh_from_db()
    assert job.params == {"attempts": 1}
