"""The only place that enqueues work for people and programs: the row first, the message when the transaction has committed.

A broker that is down is no error here: rows stay queued and `lineup.tag.recover_lost_work` finds them.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction

from annotator import tasks
from annotator.domain.audit import record
from annotator.domain.files import partial_file, publish
from annotator.domain.imports import upload_path
from annotator.domain.ingest import open_batch
from annotator.domain.model_versions import active_version
from annotator.domain.promotion import promote, rollback
from annotator.domain.training_options import TrainingOptions
from annotator.domain.training_schedule import open_training
from annotator.domain.webhooks.registry import send_again, send_trial
from annotator.enums import AuditAction, JobKind, Source
from annotator.models import Job, ModelVersion, User, Webhook


def start_import(*, name: str, kind: str, chunks: Iterable[bytes], actor: User | None) -> Job:
    """Stores an uploaded file under UPLOADS_DIR, opens its batch and asks a worker to read it."""
    job = Job(kind=JobKind.IMPORT, created_by=actor)
    job.params = {"kind": kind, "name": name, "file": f"{job.pk}.{kind}"}
    with partial_file(settings.UPLOADS_DIR) as file:
        file.writelines(chunks)
        publish(file, upload_path(job))
    with transaction.atomic():
        job.batch = open_batch(source=Source.PAGE, name=name, actor=actor)
        job.save(force_insert=True)
        record(AuditAction.IMPORT_STARTED, actor=actor, subject=job.batch)
        transaction.on_commit(lambda: tasks.send_job(job))
    return job


@transaction.atomic
def start_export(*, fmt: str, sources: Sequence[str] | None, actor: User | None) -> Job:
    """Asks a worker for a snapshot of the annotations (all, or those of these sources) rendered in a format."""
    params = {"format": fmt, "sources": sorted(sources) if sources else None}
    job = Job.objects.create(kind=JobKind.EXPORT, created_by=actor, params=params)
    record(AuditAction.EXPORT_STARTED, actor=actor, subject=job, **params)
    transaction.on_commit(lambda: tasks.send_job(job))
    return job


def start_training(options: TrainingOptions, *, actor: User | None, send: bool = True) -> Job:
    """Asks a worker to train a model; without `send` the caller runs it. Raises InvalidTraining; one at a time: training_runs."""
    job = open_training(options, actor=actor)
    if send:
        transaction.on_commit(lambda: tasks.send_job(job))
    return job


def start_comparison(version: ModelVersion, *, actor: User | None) -> Job:
    """Asks a worker to compare a candidate with the active version."""
    return _start(JobKind.COMPARE, actor, {"version": version.pk})


def make_live(version: ModelVersion, *, actor: User | None, note: str = "") -> ModelVersion:
    """annotator.domain.promotion.promote; then the queue is read again in the background."""
    promoted = promote(version, actor=actor, note=note)
    start_retagging(actor=actor)
    return promoted


def make_former_live(*, actor: User | None) -> ModelVersion:
    """annotator.domain.promotion.rollback; then the queue is read again in the background."""
    former = active_version()
    version = rollback(actor=actor)
    start_retagging(actor=actor, withdrawn=former)
    return version


def start_retagging(*, actor: User | None, withdrawn: ModelVersion | None = None) -> Job:
    """Asks a worker to read the queue again with the active version, and what the withdrawn one settled by itself."""
    return _start(JobKind.RETAG, actor, {"withdrawn": withdrawn.pk} if withdrawn else {})


@transaction.atomic
def _start(kind: JobKind, actor: User | None, params: dict) -> Job:
    job = Job.objects.create(kind=kind, created_by=actor, params=params)
    transaction.on_commit(lambda: tasks.send_job(job))
    return job


def start_tagging(title_ids: Iterable[int]) -> bool:
    """Asks the workers to tag these titles. False when the broker is known to be down; the titles are found again later."""
    ids, sent = list(title_ids), []
    transaction.on_commit(lambda: sent.append(tasks.send_tagging(ids)))
    return all(sent)


def start_trial(hook: Webhook, *, actor: User) -> None:
    """annotator.domain.webhooks.registry.send_trial, sent at once."""
    send_trial(hook, actor=actor)
    _wake(hook)


def start_again(hook: Webhook, *, actor: User, delivery_id: UUID | None = None) -> int:
    """annotator.domain.webhooks.registry.send_again, sent at once."""
    count = send_again(hook, actor=actor, delivery_id=delivery_id)
    _wake(hook)
    return count


def _wake(hook: Webhook) -> None:
    transaction.on_commit(lambda: tasks.send_to_webhook(hook.pk))
