"""Who is reviewing at this moment."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils import timezone

from annotator.enums import QueueState
from annotator.models import Lease


@dataclass(frozen=True)
class ActiveReviewer:
    username: str
    cards: int


def reviewers_now() -> list[ActiveReviewer]:
    """Who holds cards, and how many, by name."""
    live = Lease.objects.filter(expires_at__gt=timezone.now(), item__state=QueueState.WAITING)
    held = live.order_by("reviewer__username").values_list("reviewer__username").annotate(Count("pk"))
    return [ActiveReviewer(username, cards) for username, cards in held]
