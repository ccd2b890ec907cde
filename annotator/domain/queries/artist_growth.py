"""How the artist table grows, week by week."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from annotator.models import Artist, Mention

WEEKS = 26


@dataclass(frozen=True)
class GrowthWeek:
    """`day`: its Monday; `artists`: in the table at its end, or now; `new`: entered in the week; `mentions`: names linked in it."""

    day: date
    artists: int
    new: int
    mentions: int


def growth(weeks: int = WEEKS) -> list[GrowthWeek]:
    """The last weeks in the current time zone, this one last. Counted back from now: a row that was deleted was never there.

    Three queries.
    """
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    start = timezone.make_aware(datetime.combine(monday - timedelta(weeks=weeks - 1), time.min))
    new = _per_week(Artist.objects.filter(created_at__gte=start), "created_at")
    linked = _per_week(Mention.objects.filter(annotation__updated_at__gte=start), "annotation__updated_at")
    artists = Artist.objects.count()
    found = []
    for day in (monday - timedelta(weeks=ago) for ago in range(weeks)):
        found.append(GrowthWeek(day, artists, new.get(day, 0), linked.get(day, 0)))
        artists -= new.get(day, 0)
    return found[::-1]


def _per_week(rows: QuerySet, moment: str) -> dict[date, int]:
    counts: Iterable[tuple[datetime, int]] = (
        rows.order_by().values(week=TruncWeek(moment)).annotate(count=Count("pk")).values_list("week", "count")
    )
    return {week.date(): count for week, count in counts}
