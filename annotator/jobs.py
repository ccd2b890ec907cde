"""The only place that enqueues work for people and programs: the row first, the message when the transaction has committed.

A broker that is down is no error here: rows stay queued and `lineup.tag.recover_lost_work` finds them.
"""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction

from annotator import tasks
from annotator.domain.files import partial_file, publish
from annotator.domain.imports import upload_path
from annotator.domain.ingest import open_batch
from annotator.enums import JobKind, Source
from annotator.models import Job, User


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
        transaction.on_commit(lambda: tasks.send_job(job))
    return job


@transaction.atomic
def start_export(*, fmt: str, sources: Sequence[str] | None, actor: User | None) -> Job:
    """Asks a worker for a snapshot of the annotations (all, or those of these sources) rendered in a format."""
    params = {"format": fmt, "sources": sorted(sources) if sources else None}
    job = Job.objects.create(kind=JobKind.EXPORT, created_by=actor, params=params)
    transaction.on_commit(lambda: tasks.send_job(job))
    return job


def start_tagging(title_ids: Iterable[int]) -> bool:
    """Asks the workers to tag these titles. False when the broker is known to be down; the titles are found again later."""
    ids, sent = list(title_ids), []
    transaction.on_commit(lambda: sent.append(tasks.send_tagging(ids)))
    return all(sent)
