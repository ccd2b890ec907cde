"""Batches that arrive over REST: stored whole or not at all, and once, however often a client asks."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from annotator.domain.ingest import close_batch, ingest_rows
from annotator.domain.readers import Row
from annotator.domain.tagging import batch_progress
from annotator.enums import JobState, Source
from annotator.exceptions import IdempotencyConflict
from annotator.models import Batch, Job, Occurrence, User


class SentTitle(NamedTuple):
    """One title of a batch with the client's own id for it, or ""."""

    text: str
    external_id: str = ""


@dataclass(frozen=True)
class BatchStatus:
    """How far a batch is. Rows: `read` = `new` + `repeated` (the title was known before), and `rejected`. Distinct titles:
    `tagged` of `total` have been read by a model. state: receiving, tagging, done or failed."""

    state: str
    read: int
    new: int
    repeated: int
    rejected: int
    tagged: int
    total: int

    STATES: ClassVar = ("receiving", "tagging", "done", "failed")

    def counts(self) -> dict[str, int]:
        """As the API and webhooks tell them."""
        return {name: getattr(self, name) for name in ("read", "new", "repeated", "rejected", "tagged", "total")}


def receive_batch(
    *, titles: Sequence[SentTitle], actor: User, name: str = "", idempotency_key: str = ""
) -> tuple[Batch, list[int]]:
    """Stores checked titles as a closed batch of `actor`, in rows from 1. Returns it with the ids of the titles it stored just now.

    With an idempotency key the same request of the same actor is stored once: asked again, also by two at once or after being
    killed half-way, it ends with the same batch, complete. Raises IdempotencyConflict if the key came with another request.
    """
    batch = _open(actor, name, idempotency_key, _digest(titles, name))
    title_ids: list[int] = []
    if batch.closed_at is None:
        rows = (Row(number, *title) for number, title in enumerate(titles, start=1))
        ingest_rows(batch, rows, on_chunk=title_ids.extend)
        close_batch(batch)
    return batch, title_ids


def batch_status(batch: Batch) -> BatchStatus:
    """Constant query count."""
    rows = Occurrence.objects.filter(batch=batch)
    earlier = Occurrence.objects.filter(title=OuterRef("title"), pk__lt=OuterRef("pk"))
    read, repeated = rows.count(), rows.filter(Exists(earlier)).count()
    progress = batch_progress(batch)
    return BatchStatus(
        state=_state(batch, is_tagged=progress.tagged == progress.total),
        read=read,
        new=read - repeated,
        repeated=repeated,
        rejected=batch.rows_rejected,
        tagged=progress.tagged,
        total=progress.total,
    )


def _state(batch: Batch, *, is_tagged: bool) -> str:
    if Job.objects.filter(batch=batch, state=JobState.FAILED).exists():
        return "failed"
    if batch.closed_at is None:
        return "receiving"
    return "done" if is_tagged else "tagging"


def _open(actor: User, name: str, key: str, digest: str) -> Batch:
    """A new batch, or the one that has this key already."""
    fields = {"source": Source.REST, "name": name, "created_by": actor}
    if not key:
        return Batch.objects.create(**fields)
    try:
        with transaction.atomic():
            return Batch.objects.create(**fields, idempotency_key=key, request_digest=digest)
    except IntegrityError:
        batch = Batch.objects.get(created_by=actor, idempotency_key=key)
    if batch.request_digest != digest:
        raise IdempotencyConflict(_("This Idempotency-Key came with another request before."))
    return batch


def _digest(titles: Sequence[SentTitle], name: str) -> str:
    return hashlib.sha256(json.dumps([name, titles]).encode()).hexdigest()
