"""How long titles wait, and whether the queue grows or shrinks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, IntegerField, Q, QuerySet, Value
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
    counts = _counts([_open_items().filter(_aged(now, *edge)) for edge in edges])
    return [AgeGroup(*edge, counts.get(number, 0)) for number, edge in enumerate(edges)]


def queue_flow(days: int) -> list[FlowDay]:
    """What entered the queue and what was done, for each of the last `days` days; today is last. Three queries.

    `waiting` is counted back from now; a title that came back into the queue counts from the day it first came.
    """
    today = timezone.localdate()
    every = [today - timedelta(days=ago) for ago in range(days)]
    entered, done = _per_day(every, "entered_at"), _per_day(every, "done_at")
    waiting = _open_items().count()
    found = []
    for day in every:
        found.append(FlowDay(day, entered.get(day, 0), done.get(day, 0), waiting))
        waiting += done.get(day, 0) - entered.get(day, 0)
    return found[::-1]


def _open_items() -> QuerySet[QueueItem]:
    """Those that wait for a reviewer, or for a lead to adjudicate."""
    return QueueItem.objects.exclude(state=QueueState.DONE)


def _aged(now: datetime, since: timedelta | None, until: timedelta | None) -> Q:
    younger = Q(entered_at__gt=now - until) if until else Q()
    return (younger & Q(entered_at__lte=now - since)) if since else younger


def _per_day(days: Sequence[date], moment: str) -> dict[date, int]:
    edges = [(_start_of(day), _start_of(day + timedelta(days=1))) for day in days]
    counts = _counts(
        [QueueItem.objects.filter(**{f"{moment}__gte": start, f"{moment}__lt": end}) for start, end in edges]
    )
    return {days[number]: count for number, count in counts.items()}


def _counts(several: Iterable[QuerySet]) -> dict[int, int]:
    """Number -> rows; those without rows are left out. One query, which finds the place of each in an index: to look at the time of every
    row takes a second for a million."""
    counted = [
        rows.order_by()
        .values(number=Value(number, IntegerField()))
        .annotate(count=Count("pk"))
        .values_list("number", "count")
        for number, rows in enumerate(several)
    ]
    first, *others = counted
    return dict(first.union(*others, all=True))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
