"""What the pages of webhooks show."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotator.enums import DeliveryState
from annotator.models import Delivery, Webhook


def list_webhooks() -> QuerySet[Webhook]:
    """With `waiting` and `failed`, the numbers of such messages."""
    counts = {state.value: _count(state) for state in (DeliveryState.WAITING, DeliveryState.FAILED)}
    return Webhook.objects.annotate(**counts).order_by("name", "created_at")


def _count(state: DeliveryState) -> Coalesce:
    messages = Delivery.objects.filter(webhook=OuterRef("pk"), state=state).order_by().values("webhook")
    return Coalesce(Subquery(messages.annotate(count=Count("pk")).values("count"), output_field=IntegerField()), 0)


def list_deliveries(hook: Webhook, *, state: str = "") -> QuerySet[Delivery]:
    deliveries = Delivery.objects.filter(webhook=hook)
    return deliveries.filter(state=state) if state else deliveries
