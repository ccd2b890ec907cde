"""Notes what webhooks are to be told, in the transaction of what happened: both are there, or neither."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotator.enums import JobState, TitleState, WebhookEvent
from annotator.models import Alert, Batch, Delivery, Job, ModelVersion, Title, Webhook

TITLES_PER_DELIVERY = 100


def note_settled(title_ids: Sequence[int]) -> None:
    """These titles have a settled reading, or another one. One query while no webhook wants to know."""
    hooks = _listening(WebhookEvent.TITLE_SETTLED)
    groups = [
        title_ids[at : at + TITLES_PER_DELIVERY] for at in range(0, len(title_ids) if hooks else 0, TITLES_PER_DELIVERY)
    ]
    _note(hooks, WebhookEvent.TITLE_SETTLED, [{"titles": group} for group in groups])


def note_promotion(version: ModelVersion, former: ModelVersion | None, *, rolled_back: bool) -> None:
    subject = {"version": version.pk, "former": former.name if former else None, "rolled_back": rolled_back}
    _note(_listening(WebhookEvent.MODEL_PROMOTED), WebhookEvent.MODEL_PROMOTED, [subject])


def note_alert(alert: Alert) -> None:
    """That something passed its limit, or no longer does."""
    _note(
        _listening(WebhookEvent.DESK_ALERT),
        WebhookEvent.DESK_ALERT,
        [{"alert": alert.pk, "open": alert.ended_at is None}],
    )


def note_ping(hook: Webhook) -> None:
    _note([hook], WebhookEvent.PING, [{}])


def note_ended_batches() -> int:
    """Finds batches that have come to their end since the last call and notes each once, however many call at once. How many it were.

    A batch ends when it is closed and none of its titles is new, or when reading its file failed.
    """
    failed = Job.objects.filter(batch=OuterRef("pk"), state=JobState.FAILED)
    untagged = Title.objects.filter(state=TitleState.NEW, occurrences__batch=OuterRef("pk"))
    is_tagged = Q(closed_at__isnull=False) & ~Exists(untagged)
    ended = Batch.objects.filter(Exists(failed) | is_tagged, ended_at__isnull=True).values_list("pk", flat=True)
    return sum(_end(pk) for pk in list(ended))


@transaction.atomic
def _end(batch_id: object) -> bool:
    if not Batch.objects.filter(pk=batch_id, ended_at__isnull=True).update(ended_at=timezone.now()):
        return False
    _note(_listening(WebhookEvent.BATCH_DONE), WebhookEvent.BATCH_DONE, [{"batch": str(batch_id)}])
    return True


def _listening(event: WebhookEvent) -> list[Webhook]:
    return list(Webhook.objects.filter(active=True, **{event.name.lower(): True}))


def _note(hooks: Iterable[Webhook], event: WebhookEvent, subjects: Iterable[dict]) -> None:
    rows = [
        Delivery(webhook=hook, event=event, subject=subject, next_at=timezone.now())
        for subject in subjects
        for hook in hooks
    ]
    if rows:
        Delivery.objects.bulk_create(rows)
