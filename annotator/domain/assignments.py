"""Titles that a lead gave to one reviewer: who gets them, and until when."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.team import active_reviewers
from annotator.enums import Action, Role
from annotator.exceptions import InvalidBulkAction
from annotator.models import QueueItem, User, Verdict


def assignable_people() -> QuerySet[User]:
    """Those who may be given titles: staff with an open account, by name."""
    return User.objects.filter(is_active=True).exclude(role=Role.CLIENT).order_by("username")


def check_assignee(assignee: User | None) -> None:
    """Raises InvalidBulkAction (code unknown_assignee) for somebody who reviews no titles."""
    if assignee and not assignable_people().filter(pk=assignee.pk).exists():
        raise InvalidBulkAction(_("This person reviews no titles."), code="unknown_assignee", field="assignee")


def meant_for(reviewer: User, items: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
    """Those of the items that wait for this reviewer by name."""
    return items.filter(~Exists(_answers()), assigned_to=reviewer)


def open_to(reviewer: User, items: QuerySet[QueueItem]) -> QuerySet[QueueItem]:
    """Without the items that wait for somebody else by name. Once the assignee has answered, with a reading or a skip, a title that
    still waits is anybody's: it needs another opinion. So is what was given to somebody whose account is closed, or who has not been
    there since, for TEAM_DAYS days: nothing waits for ever. Comes that person back, it is theirs again."""
    anybody = Q(assigned_to__isnull=True) | Q(assigned_to=reviewer)
    return items.filter(anybody | Exists(_answers()) | _is_lapsed())


def _is_lapsed() -> Q:
    """Sub-selects, not joins: PostgreSQL locks no row of an outer join."""
    closed = Exists(User.objects.filter(pk=OuterRef("assigned_to"), is_active=False))
    is_there = Exists(active_reviewers().filter(pk=OuterRef("assigned_to")))
    given_long_ago = Q(assigned_at__lt=timezone.now() - timedelta(days=settings.TEAM_DAYS))
    return Q(closed) | (given_long_ago & ~Q(is_there))


def _answers() -> QuerySet[Verdict]:
    """What the assignee of the outer queue item said of it since it was assigned."""
    given = Verdict.objects.filter(title=OuterRef("title"), reviewer=OuterRef("assigned_to"), undone_by__isnull=True)
    return given.filter(created_at__gte=OuterRef("assigned_at")).exclude(action=Action.UNDO)
