"""What was done lately, for the overview page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotator.enums import Action
from annotator.models import Annotation, Title, Verdict

DECISIONS = [action for action in Action if action is not Action.UNDO]


@dataclass(frozen=True)
class Day:
    """One day in the current time zone. settled: by source, only those that occur."""

    day: date
    arrived: int
    verdicts: int
    settled: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ReviewerDay:
    username: str
    verdicts: int
    by_action: dict[str, int]


def last_days(days: int = 14) -> list[Day]:
    """Arrivals, verdicts that stand, and titles settled, for each of the last `days` days; today is last."""
    today = timezone.localdate()
    every = [today - timedelta(days=ago) for ago in reversed(range(days))]
    start = _start_of(every[0])
    arrived = dict(_per_day(Title.objects.filter(created_at__gte=start), "created_at"))
    verdicts = dict(_per_day(_standing_verdicts().filter(created_at__gte=start), "created_at"))
    settled: dict[date, dict[str, int]] = {}
    for day, source, count in _per_day(Annotation.objects.filter(updated_at__gte=start), "updated_at", "source"):
        settled.setdefault(day, {})[source] = count
    return [Day(day, arrived.get(day, 0), verdicts.get(day, 0), settled.get(day, {})) for day in every]


def reviewers_today() -> list[ReviewerDay]:
    """Who gave how many verdicts today that still stand, most first."""
    today = _standing_verdicts().filter(created_at__gte=_start_of(timezone.localdate()))
    counts = {action.value: Count("pk", filter=Q(action=action)) for action in DECISIONS}
    rows = today.values("reviewer__username").annotate(verdicts=Count("pk"), **counts)
    return [
        ReviewerDay(
            row["reviewer__username"],
            row["verdicts"],
            {action: row[action] for action in counts if row[action]},
        )
        for row in rows.order_by("-verdicts", "reviewer__username")
    ]


def _standing_verdicts() -> QuerySet[Verdict]:
    return Verdict.objects.filter(action__in=DECISIONS, undone_by__isnull=True)


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _per_day(rows: QuerySet, field_name: str, *also: str) -> Iterable[tuple]:
    counted = rows.order_by().values(*also, day=TruncDate(field_name)).annotate(count=Count("pk"))
    return counted.values_list("day", *also, "count")
