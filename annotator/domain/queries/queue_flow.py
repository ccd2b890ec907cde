"""How long titles wait, and whether the queue grows or shrinks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotator.enums import QueueState
from annotator.models import QueueItem

AGES = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=3), timedelta(days=7))


@dataclass(frozen=True)
class AgeGroup:
    """Waiting titles that came at least `since` and less than `until` ago (None: no limit)."""

    since: timedelta | None
    until: timedelta | None
    count: int


@dataclass(frozen=True)
class FlowDay:
    """One day in the current time zone; `waiting`: at its end, or now."""

    day: date
    entered: int
    done: int
    waiting: int


def queue_ages() -> list[AgeGroup]:
    """The waiting titles by age, youngest first. One query."""
    now = timezone.now()
    edges = list(zip((None, *AGES), (*AGES, None), strict=True))
    counts = _open_items().aggregate(
        **{f"group{number}": Count("pk", filter=_aged(now, *edge)) for number, edge in enumerate(edges)}
    )
    return [AgeGroup(*edge, counts[f"group{number}"]) for number, edge in enumerate(edges)]


def queue_flow(days: int) -> list[FlowDay]:
    """What entered the queue and what was done, for each of the last `days` days; today is last. Three queries.

    `waiting` is counted back from now; a title that came back into the queue counts from the day it first came.
    """
    today = timezone.localdate()
    start = timezone.make_aware(datetime.combine(today - timedelta(days=days - 1), time.min))
    entered = _per_day(start, "entered_at")
    done = _per_day(start, "done_at")
    waiting = _open_items().count()
    found = []
    for day in (today - timedelta(days=ago) for ago in range(days)):
        found.append(FlowDay(day, entered.get(day, 0), done.get(day, 0), waiting))
        waiting += done.get(day, 0) - entered.get(day, 0)
    return found[::-1]


def _open_items() -> QuerySet[QueueItem]:
    """Those that wait for a reviewer, or for a lead to adjudicate."""
    return QueueItem.objects.exclude(state=QueueState.DONE)


def _aged(now: datetime, since: timedelta | None, until: timedelta | None) -> Q:
    younger = Q(entered_at__gt=now - until) if until else Q()
    return (younger & Q(entered_at__lte=now - since)) if since else younger


def _per_day(start: datetime, moment: str) -> dict[date, int]:
    rows: Iterable[tuple[date, int]] = (
        QueueItem.objects.filter(**{f"{moment}__gte": start})
        .order_by()
        .values(day=TruncDate(moment))
        .annotate(count=Count("pk"))
        .values_list("day", "count")
    )
    return dict(rows)
