"""Celery tasks: ids in, one domain call. Every one may run twice."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from uuid import UUID

from celery import Task, shared_task
from django.conf import settings
from django.db import OperationalError as DatabaseAway
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotator import taggers
from annotator.domain import (
    alert_mail,
    alerts,
    exports,
    gate,
    imports,
    job_rows,
    opinions,
    retagging,
    tagging,
    training,
    training_schedule,
)
from annotator.domain.training_options import TrainingOptions
from annotator.domain.webhooks import events, sending
from annotator.enums import JobKind
from annotator.exceptions import InvalidTraining, ModelUnavailable
from annotator.models import Job

logger = logging.getLogger(__name__)

TRAIN_LIMIT_SECONDS = 7 * 24 * 3600
# A database that restarts, or a lock that is held too long, is worth a few more attempts.
PATIENT = {"autoretry_for": (DatabaseAway,), "retry_backoff": True, "max_retries": 5}


class JobTask(Task):
    """A task with a Job row, which must not seem to run for ever when the task has failed."""

    def on_failure(self, exc: Exception, task_id: str, args: tuple, kwargs: dict, einfo: object) -> None:  # noqa: ARG002  Celery's signature
        job_rows.fail_unexpectedly(args[0], error=exc)


@shared_task(name="lineup.tag.tag_titles", throws=(ModelUnavailable,), **PATIENT)
def tag_titles(title_ids: list[int]) -> None:
    """Without a model the titles stay new, and are found again."""
    tagger, model_version = taggers.active_tagger()
    tagging.tag_titles(title_ids, tagger=tagger, model_version=model_version)


@shared_task(name="lineup.tag.import_file", base=JobTask, **PATIENT)
def import_file(job_id: str) -> None:
    imports.run_import(job_id, on_titles=send_tagging)


@shared_task(name="lineup.export.render", base=JobTask, **PATIENT)
def render_export(job_id: str) -> None:
    exports.run_export(job_id)


@shared_task(name="lineup.train.train_model", base=JobTask, time_limit=TRAIN_LIMIT_SECONDS, **PATIENT)
def train_model(job_id: str) -> None:
    training.run_training(job_id, load=taggers.load_directory)


@shared_task(name="lineup.train.compare_model", base=JobTask, time_limit=TRAIN_LIMIT_SECONDS, **PATIENT)
def compare_model(job_id: str) -> None:
    gate.run_comparison(job_id, load=taggers.load_directory)


@shared_task(name="lineup.train.retag_queue", base=JobTask, time_limit=TRAIN_LIMIT_SECONDS, **PATIENT)
def retag_queue(job_id: str) -> None:
    retagging.run_retag(job_id, active=taggers.active_tagger)


JOB_TASKS = {
    JobKind.IMPORT: import_file,
    JobKind.EXPORT: render_export,
    JobKind.TRAIN: train_model,
    JobKind.COMPARE: compare_model,
    JobKind.RETAG: retag_queue,
}


@shared_task(name="lineup.tag.recover_lost_work")
def recover_lost_work() -> None:
    """Sends again what the database still waits for and the broker no longer has."""
    now = timezone.now()
    quiet = timedelta(seconds=settings.RECOVERY_SECONDS)
    silent = timedelta(seconds=settings.JOB_SILENT_SECONDS)
    for job in job_rows.find_lost_jobs(queued_before=now - quiet, running_before=now - silent):
        send_job(job)
    if not _waiting_messages("tag"):
        send_tagging(tagging.find_new_title_ids(limit=settings.RECOVERY_TITLES, older_than=now - quiet))


@shared_task(name="lineup.tag.settle_lone_opinions", **PATIENT)
def settle_lone_opinions() -> None:
    opinions.settle_lone_opinions()


@shared_task(name="lineup.tag.train_on_schedule", **PATIENT)
def train_on_schedule() -> None:
    """Another beat that was as quick has opened it already: then this one does nothing."""
    if training_schedule.is_due():
        with suppress(InvalidTraining):
            send_job(training_schedule.open_training(TrainingOptions(), actor=None))


@shared_task(name="lineup.hook.tell", **PATIENT)
def tell_webhooks() -> None:
    """Notes batches that have ended, and asks for what is due to be sent."""
    events.note_ended_batches()
    for hook_id in sending.find_due():
        send_to_webhook(hook_id)


@shared_task(name="lineup.hook.check_alerts", **PATIENT)
def check_alerts() -> None:
    alerts.check_alerts()
    alert_mail.mail_alerts()


@shared_task(name="lineup.hook.send", time_limit=2 * sending.CLAIM_SECONDS, **PATIENT)
def send_messages(hook_id: str) -> None:
    sending.send_due(hook_id)


@shared_task(name="lineup.hook.forget_old", **PATIENT)
def forget_old_messages() -> None:
    sending.forget_old()


def send_to_webhook(hook_id: UUID) -> bool:
    """Asks a worker to send what is due to this webhook; False when the broker is down. It is found again soon."""
    return _send(send_messages, str(hook_id))


def send_job(job: Job) -> bool:
    """Asks a worker to do the job; False when the broker is down. The row stays queued and is found again."""
    return _send(JOB_TASKS[JobKind(job.kind)], str(job.pk))


def send_tagging(title_ids: Iterable[int]) -> bool:
    """Asks the workers to tag these titles, TAG_CHUNK in a message; False when the broker is down. They are found again."""
    return all(_send(tag_titles, chunk) for chunk in _chunks(title_ids, settings.TAG_CHUNK))


def _send(task: shared_task, argument: object) -> bool:
    try:
        task.apply_async((argument,))
    except OperationalError as error:
        logger.warning("%s was not sent, it will be found again: %s", task.name, error)
        return False
    return True


def _chunks(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(ids)
    while chunk := list(islice(rest, size)):
        yield chunk


def _waiting_messages(queue: str) -> int:
    """How many messages no worker has taken yet."""
    with tag_titles.app.connection_for_read() as connection:
        channel = connection.default_channel
        try:
            return channel.queue_declare(queue, passive=True).message_count
        except connection.channel_errors:  # nothing was ever sent to it
            return 0
