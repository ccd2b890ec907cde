"""Webhooks as leads keep them."""

from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.domain.webhooks.events import note_ping
from annotator.domain.webhooks.signing import secret_of
from annotator.domain.webhooks.transport import parse_url
from annotator.enums import AuditAction, DeliveryState, WebhookEvent
from annotator.exceptions import InvalidWebhook, NotAllowed
from annotator.models import Delivery, User, Webhook

CHOICES = (WebhookEvent.TITLE_SETTLED, WebhookEvent.BATCH_DONE, WebhookEvent.MODEL_PROMOTED, WebhookEvent.DESK_ALERT)


@transaction.atomic
def add_webhook(*, actor: User, name: str, url: str, events: Collection[str]) -> tuple[Webhook, str]:
    """A webhook and its secret: show it once. Twice is two webhooks. Raises NotAllowed (not a lead), InvalidWebhook (not_an_address,
    address_not_allowed, no_events, too_many)."""
    _refuse_unless_lead(actor)
    _check(url, events)
    if Webhook.objects.count() >= settings.WEBHOOKS_MOST:
        message = _("There may be %(count)d webhooks at the most.") % {"count": settings.WEBHOOKS_MOST}
        raise InvalidWebhook(message, code="too_many", field="name")
    hook = Webhook.objects.create(name=name, url=url, created_by=actor, **_wanted(events))
    record(AuditAction.WEBHOOK_ADDED, actor=actor, subject=hook, host=parse_url(url).host, events=sorted(events))
    return hook, secret_of(hook)


@transaction.atomic
def change_webhook(
    hook: Webhook, *, actor: User, name: str, url: str, events: Collection[str], active: bool
) -> Webhook:
    """What it is called, where it is and what it is told; from then on, also for messages that wait. Raises as
    add_webhook, and Webhook.DoesNotExist.

    Made active again it is asked at once. While it is not active nothing is noted for it, and what waits is kept.
    """
    _refuse_unless_lead(actor)
    _check(url, events)
    locked = Webhook.objects.select_for_update(of=("self",)).get(pk=hook.pk)
    fields = {"name": name, "url": url, "active": active} | _wanted(events)
    changed = sorted(field for field, value in fields.items() if getattr(locked, field) != value)
    for field, value in fields.items():
        setattr(locked, field, value)
    if changed:
        locked.failures, locked.rest_until = 0, None
        locked.save(update_fields=[*fields, "failures", "rest_until"])
        record(AuditAction.WEBHOOK_CHANGED, actor=actor, subject=locked, changed=changed, host=parse_url(url).host)
    return locked


@transaction.atomic
def renew_secret(hook: Webhook, *, actor: User) -> str:
    """Another secret, from now on: show it once. Twice is two new ones. Raises NotAllowed, Webhook.DoesNotExist."""
    _refuse_unless_lead(actor)
    locked = Webhook.objects.select_for_update(of=("self",)).get(pk=hook.pk)
    locked.secret_number += 1
    locked.save(update_fields=["secret_number"])
    record(AuditAction.WEBHOOK_CHANGED, actor=actor, subject=locked, changed=["secret"])
    return secret_of(locked)


@transaction.atomic
def remove_webhook(hook: Webhook, *, actor: User) -> None:
    """With its messages, also those that wait; twice is once. Raises NotAllowed."""
    _refuse_unless_lead(actor)
    locked = Webhook.objects.select_for_update(of=("self",)).filter(pk=hook.pk).first()
    if locked is None:
        return
    record(AuditAction.WEBHOOK_REMOVED, actor=actor, subject=locked)
    Delivery.objects.filter(webhook=locked).delete()
    locked.delete()


@transaction.atomic
def send_trial(hook: Webhook, *, actor: User) -> None:
    """Notes a message that says nothing, and lets the webhook be asked at once. Raises NotAllowed."""
    _refuse_unless_lead(actor)
    note_ping(hook)
    Webhook.objects.filter(pk=hook.pk).update(rest_until=None)


@transaction.atomic
def send_again(hook: Webhook, *, actor: User, delivery_id: object = None) -> int:
    """What failed, or this one message whatever its state, waits once more; how many. Twice is once. Raises NotAllowed."""
    _refuse_unless_lead(actor)
    chosen = {"pk": delivery_id} if delivery_id else {"state": DeliveryState.FAILED}
    count = Delivery.objects.filter(webhook=hook, **chosen).update(
        state=DeliveryState.WAITING, attempts=0, next_at=timezone.now()
    )
    Webhook.objects.filter(pk=hook.pk).update(rest_until=None)
    return count


def events_of(hook: Webhook) -> list[WebhookEvent]:
    return [event for event in CHOICES if getattr(hook, event.name.lower())]


def _check(url: str, events: Collection[str]) -> None:
    parse_url(url)
    if not events or not set(events) <= set(CHOICES):
        raise InvalidWebhook(_("Choose at least one."), code="no_events", field="events")


def _wanted(events: Collection[str]) -> dict[str, bool]:
    return {event.name.lower(): event in events for event in CHOICES}


def _refuse_unless_lead(actor: User) -> None:
    if not actor.is_lead:
        raise NotAllowed(_("Only leads manage webhooks."))
