"""One training at a time, and one by the schedule when there is enough to learn."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotator import tasks
from annotator.domain.training_options import TrainingOptions
from annotator.domain.training_schedule import is_due, open_training
from annotator.enums import AnnotationSource, JobKind, JobState
from annotator.exceptions import InvalidTraining
from annotator.models import Job
from tests.factories import make_annotation, make_model_version
from tests.races import run_at_once


@pytest.fixture(autouse=True)
def schedule(settings):
    settings.TRAIN_EVERY_DAYS, settings.TRAIN_NEW_TITLES = 7, 2


def settle(count, source=AnnotationSource.REVIEWED):
    for _ in range(count):
        make_annotation(source=source)


def trained(*, days, state=JobState.DONE):
    job = Job.objects.create(kind=JobKind.TRAIN, state=state)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=days))


def test_it_is_due_when_there_is_enough_that_people_settled(db):
    settle(1)
    settle(5, AnnotationSource.AUTO)
    assert not is_due()
    settle(1)
    assert is_due()


def test_it_is_not_due_without_a_schedule_too_early_or_while_one_runs(db, settings):
    settle(2)
    trained(days=6)
    assert not is_due()
    Job.objects.all().delete()
    trained(days=8, state=JobState.RUNNING)
    assert not is_due()
    Job.objects.all().delete()
    settings.TRAIN_EVERY_DAYS = 0
    assert not is_due()


def test_only_what_was_settled_since_the_last_one_counts(db):
    trained(days=8)
    settle(2)
    assert is_due()
    Job.objects.all().update(created_at=timezone.now() + timedelta(seconds=1) - timedelta(days=0))
    assert not is_due()


def test_the_task_opens_one_training_and_no_second(db, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks, "send_job", sent.append)
    settle(2)
    for _time in range(2):
        tasks.train_on_schedule()
    assert [job.kind for job in sent] == [JobKind.TRAIN]


def test_a_second_training_is_refused_while_one_is_open(db):
    open_training(TrainingOptions(), actor=None)
    with pytest.raises(InvalidTraining) as error:
        open_training(TrainingOptions(), actor=None)
    assert error.value.code == "training_runs"


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_open_one_training():
    make_model_version()
    answers = run_at_once(*[lambda: open_training(TrainingOptions(), actor=None)] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["InvalidTraining", "Job"]
    assert Job.objects.count() == 1
