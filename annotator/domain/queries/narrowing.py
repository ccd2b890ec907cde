"""Titles that rows of another table name, found among millions."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from annotator.models import Title

MOST_ROWS = 2_000  # titles that are named by id; where there are more of them, the newest are soon found one by one


def named_by(titles: QuerySet[Title], rows: QuerySet) -> QuerySet[Title]:
    """Titles with a row among `rows`, which have a `title`. One query beforehand.

    Few are named by their ids; of many, the newest titles are asked one by one, beginning with the newest that has a row: a planner
    that gathers all of them first takes a second for a million.
    """
    rows = rows.order_by()
    few = few_ids(rows.values_list("title_id", flat=True))
    if few is not None:
        return titles.filter(pk__any_of=few)
    newest = rows.order_by("-title_id").values_list("title_id", flat=True).first()
    return titles.filter(Exists(rows.filter(title=OuterRef("pk"))), pk__lte=newest)


def few_ids(ids: QuerySet) -> list[int] | None:
    """The ids; None where there are more than MOST_ROWS."""
    found = list(ids[: MOST_ROWS + 1])
    return sorted(set(found)) if len(found) <= MOST_ROWS else None


def few_of(several: Iterable[QuerySet]) -> list[int] | None:
    """The ids of all together; None where one has more than MOST_ROWS."""
    found: set[int] = set()
    for ids in several:
        few = few_ids(ids)
        if few is None:
            return None
        found.update(few)
    return sorted(found)
