"""What leads did to many titles lately."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from annotator.models import BulkAction, User

FRESH = timedelta(minutes=10)


def bulk_actions() -> QuerySet[BulkAction]:
    """All of them, newest first, with the people."""
    return BulkAction.objects.select_related("actor", "assignee", "undone_by").order_by("-created_at", "-pk")


def fresh_bulk_action(actor: User) -> BulkAction | None:
    """What this lead did last, for as long as an undo is likely and not undone yet."""
    last = bulk_actions().filter(actor=actor, created_at__gte=timezone.now() - FRESH).first()
    return last if last and not last.undone_at else None
