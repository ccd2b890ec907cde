"""Who is reviewing at this moment."""

from dataclasses import dataclass

from django.db.models import Count

from annotator.domain.live_leases import live_leases
from annotator.enums import QueueState


@dataclass(frozen=True)
class ActiveReviewer:
    username: str
    cards: int


def reviewers_now() -> list[ActiveReviewer]:
    """Who holds cards, and how many, by name."""
    live = live_leases().filter(item__state=QueueState.WAITING)
    held = live.order_by("reviewer__username").values_list("reviewer__username").annotate(Count("pk"))
    return [ActiveReviewer(username, cards) for username, cards in held]
