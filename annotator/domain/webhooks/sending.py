"""Messages leave: oldest first, one worker for each webhook, again after a failure until it gives up."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotator.domain.webhooks import transport
from annotator.domain.webhooks.payloads import body_of
from annotator.domain.webhooks.signing import secret_of, signed_headers
from annotator.enums import DeliveryState
from annotator.models import Delivery, Webhook

RUN_SECONDS = 30
CLAIM_SECONDS = RUN_SECONDS + 2 * (transport.CONNECT_SECONDS + transport.ANSWER_SECONDS)
# After how many seconds a message is sent again; after the last one it has failed. As the Standard Webhooks specification proposes.
RETRIES = (10, 60, 300, 1800, 7200, 18_000, 36_000, 36_000)
REST_MOST_SECONDS = 1800
GONE = 410
CLOCKS_APART = timedelta(seconds=30)


def find_due() -> list[UUID]:
    """Webhooks that have something to be sent now, and that no worker sends to."""
    now = timezone.now()
    waiting = Delivery.objects.filter(webhook=OuterRef("pk"), state=DeliveryState.WAITING, next_at__lte=now)
    return list(Webhook.objects.filter(_free(now), Exists(waiting), active=True).values_list("pk", flat=True))


def send_due(hook_id: UUID | str) -> int:
    """Sends what is due to this webhook, for RUN_SECONDS at the most; how many messages arrived.

    One worker at a time: who comes second does nothing. Killed half-way, the message that was on its way is sent again later: at least
    once, with the same id.
    """
    now = timezone.now()
    claim = now + timedelta(seconds=CLAIM_SECONDS)
    if not Webhook.objects.filter(_free(now), pk=hook_id, active=True).update(busy_until=claim):
        return 0
    try:
        return _send_all(hook_id, until=now + timedelta(seconds=RUN_SECONDS))
    finally:
        Webhook.objects.filter(pk=hook_id, busy_until=claim).update(busy_until=None)


def forget_old() -> int:
    """Removes messages that were made before WEBHOOK_KEEP_DAYS days and do not wait, and those of webhooks that are gone; how many."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_KEEP_DAYS)
    Delivery.objects.exclude(webhook__in=Webhook.objects.values("pk")).delete()
    return Delivery.objects.filter(~Q(state=DeliveryState.WAITING), created_at__lt=before).delete()[0]


def _free(now: datetime) -> Q:
    """Times that lie further ahead than any may are of a clock that was put back since."""
    latest = now + CLOCKS_APART
    longest = latest + timedelta(seconds=CLAIM_SECONDS), latest + timedelta(seconds=REST_MOST_SECONDS)
    idle = Q(busy_until=None) | Q(busy_until__lt=now) | Q(busy_until__gt=longest[0])
    rested = Q(rest_until=None) | Q(rest_until__lte=now) | Q(rest_until__gt=longest[1])
    return idle & rested


def _send_all(hook_id: UUID | str, *, until: datetime) -> int:
    """The webhook is read again for every message: a new secret, address or end holds at once."""
    arrived = 0
    while (now := timezone.now()) < until:
        due = Delivery.objects.filter(webhook=hook_id, state=DeliveryState.WAITING, next_at__lte=now)
        delivery, hook = due.order_by("next_at", "created_at").first(), _active(hook_id)
        if delivery is None or hook is None or not _send(hook, delivery):
            break
        arrived += delivery.state == DeliveryState.DELIVERED
    return arrived


def _active(hook_id: UUID | str) -> Webhook | None:
    return Webhook.objects.filter(pk=hook_id, active=True).first()


def _send(hook: Webhook, delivery: Delivery) -> bool:
    """Whether to go on with the next one: not where the receiver is away, overloaded or gone for good."""
    _count_attempt(delivery)
    body = body_of(delivery)
    moment = timezone.now()
    headers = signed_headers(
        secret_of(hook), message_id=str(delivery.pk), timestamp=int(moment.timestamp()), body=body
    ) | {"Content-Type": "application/json; charset=utf-8"}
    outcome = transport.post(hook.url, body=body, headers=headers)
    _record(delivery, outcome, moment)
    return _rest(hook, outcome)


def _count_attempt(delivery: Delivery) -> None:
    """Before it is made: one that kills or breaks the worker counts as one that failed, and holds up no other for ever."""
    delivery.attempts += 1
    if delivery.attempts > len(RETRIES):
        delivery.state = DeliveryState.FAILED
    else:
        delivery.next_at = timezone.now() + timedelta(seconds=RETRIES[delivery.attempts - 1])
    delivery.save(update_fields=["attempts", "state", "next_at"])


def _record(delivery: Delivery, outcome: transport.Outcome, moment: datetime) -> None:
    delivery.sent_at, delivery.status = moment, outcome.status
    delivery.error, delivery.milliseconds = outcome.error, outcome.milliseconds
    if outcome.delivered:
        delivery.state = DeliveryState.DELIVERED
    delivery.save(update_fields=["sent_at", "status", "error", "milliseconds", "state"])


def _rest(hook: Webhook, outcome: transport.Outcome) -> bool:
    """Keeps what the outcome says of the receiver as a whole. A refusal of this one message (another 4xx) says nothing of it."""
    if outcome.delivered:
        changes = {"failures": 0, "rest_until": None}
    else:
        wait = outcome.retry_after or RETRIES[min(hook.failures, len(RETRIES) - 1)]
        resting = timezone.now() + timedelta(seconds=min(wait, REST_MOST_SECONDS)) if _is_down(outcome) else None
        changes = {"failures": hook.failures + 1, "rest_until": resting} | (
            {"active": False} if outcome.status == GONE else {}
        )
    Webhook.objects.filter(pk=hook.pk).update(last_sent_at=timezone.now(), **changes)
    return outcome.delivered or not (_is_down(outcome) or outcome.status == GONE)


def _is_down(outcome: transport.Outcome) -> bool:
    return outcome.status is None or outcome.status >= 500 or outcome.status in (408, 429)
