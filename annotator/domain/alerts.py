"""What leads have to look after: found from the database, noted once, told by mail and webhook, and taken back when it is over."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotator.domain.quality import auto_error
from annotator.domain.queries.quality import judged_titles
from annotator.domain.queries.queue import oldest_arrival, oldest_entry
from annotator.domain.webhooks.events import note_alert
from annotator.enums import AlertCode
from annotator.models import Alert, Webhook

AUDIT_DAYS = 30
WEBHOOK_FAILURES = 5


class Excess(NamedTuple):
    """Something beyond its limit. queue_age: hours; audit_error: shares; tagging_late: minutes; webhook_failing: attempts in a row."""

    code: AlertCode
    value: float
    limit: float


def check_alerts() -> list[Alert]:
    """Looks at everything, notes what has passed its limit and what no longer does; the alerts that are open now.

    Twice, or two at once: each is noted once. A limit of 0 is no limit.
    """
    found = {excess.code: excess for excess in _excesses()}
    for excess in found.values():
        _note(excess)
    for alert in open_alerts():
        if alert.code not in found:
            _end(alert)
    return open_alerts()


def open_alerts() -> list[Alert]:
    """One query."""
    return list(Alert.objects.filter(ended_at=None).order_by("began_at"))


def _excesses() -> Iterator[Excess]:
    for measure in (_queue_age, _audit_error, _tagging_late, _webhook_failing):
        excess = measure()
        if excess is not None and excess.value > excess.limit:
            yield excess


def _queue_age() -> Excess | None:
    limit, oldest = settings.ALERT_QUEUE_HOURS, oldest_entry()
    if not limit or oldest is None:
        return None
    return Excess(AlertCode.QUEUE_AGE, (timezone.now() - oldest) / timedelta(hours=1), limit)


def _audit_error() -> Excess | None:
    """The lower end of the interval: a few audits that went wrong by chance are no alert."""
    limit = settings.ALERT_AUDIT_ERROR
    error = auto_error(judged_titles(since=timezone.now() - timedelta(days=AUDIT_DAYS))) if limit else None
    return Excess(AlertCode.AUDIT_ERROR, error.low, limit) if error else None


def _tagging_late() -> Excess | None:
    limit, oldest = settings.ALERT_TAG_MINUTES, oldest_arrival()
    if not limit or oldest is None:
        return None
    return Excess(AlertCode.TAGGING_LATE, (timezone.now() - oldest) / timedelta(minutes=1), limit)


def _webhook_failing() -> Excess:
    failures = Webhook.objects.filter(active=True).order_by("-failures").values_list("failures", flat=True).first()
    return Excess(AlertCode.WEBHOOK_FAILING, failures or 0, WEBHOOK_FAILURES)


def _note(excess: Excess) -> None:
    value = round(excess.value, 4)
    if Alert.objects.filter(code=excess.code, ended_at=None).update(value=value, limit=excess.limit):
        return
    try:
        with transaction.atomic():
            alert = Alert.objects.create(code=excess.code, value=value, limit=excess.limit, began_at=timezone.now())
            note_alert(alert)
    except IntegrityError:  # another one has just noted it
        return


@transaction.atomic
def _end(alert: Alert) -> None:
    if Alert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=timezone.now()):
        alert.refresh_from_db()
        note_alert(alert)
