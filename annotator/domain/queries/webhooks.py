"""What the pages of webhooks show."""

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from annotator.enums import DeliveryState
from annotator.models import Delivery, Webhook


def list_webhooks() -> QuerySet[Webhook]:
    """With `waiting` and `failed`, the numbers of such messages, and `last_sent`, when one was sent last."""
    last = Delivery.objects.filter(webhook=OuterRef("pk"), sent_at__isnull=False).order_by("-sent_at")
    return Webhook.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=DeliveryState.WAITING)),
        failed=Count("deliveries", filter=Q(deliveries__state=DeliveryState.FAILED)),
        last_sent=Subquery(last.values("sent_at")[:1]),
    ).order_by("name", "created_at")


def list_deliveries(hook: Webhook, *, state: str = "") -> QuerySet[Delivery]:
    deliveries = Delivery.objects.filter(webhook=hook)
    return deliveries.filter(state=state) if state else deliveries
