"""Which of the titles that a lead chose can be taken, and why the others cannot. Items come first: whoever lends a title out holds its
item, so leases are read as they are."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from annotator.domain.live_leases import live_leases
from annotator.enums import Action, QueueState, TitleState
from annotator.models import Annotation, QueueItem, Title, User, Verdict

READINGS = (Action.ACCEPT, Action.CORRECT, Action.NOTHING)


@dataclass(frozen=True)
class Choice:
    """The items to take, by id, and how many titles are left out for which reason."""

    items: list[QueueItem]
    skipped: dict[str, int]


def choose_for_accepting(title_ids: Sequence[int], titles: Mapping[int, Title], *, actor: User) -> Choice:
    """What accept_titles may settle; `titles` are held by the caller."""
    items = _lock_waiting(title_ids)
    settled = set(Annotation.objects.filter(title__in=items).values_list("title", flat=True))
    leased = _lent_titles(items, besides=actor)
    judged = _titles_of(_opinions(items))

    def reason(item: QueueItem) -> str:
        if titles[item.title_id].state != TitleState.WAITING or item.title_id in settled:
            return "not_waiting"
        if item.title_id in leased:
            return "leased"
        if item.title_id in judged:
            return "judged"
        if item.blind:
            return "blind"
        return "corrected" if item.proposal is not None else ""

    return _choose(title_ids, items, reason)


def choose_for_assigning(title_ids: Sequence[int], *, assignee: User | None) -> Choice:
    """What may be given to this person, or to everybody."""
    items = _lock_waiting(title_ids)
    leased = _lent_titles(items, besides=assignee) if assignee else set()
    judged = _titles_of(_opinions(items).filter(reviewer=assignee)) if assignee else set()

    def reason(item: QueueItem) -> str:
        if item.title_id in leased:
            return "leased"
        return "judged" if item.title_id in judged else ""

    return _choose(title_ids, items, reason)


def _choose(title_ids: Sequence[int], items: Mapping[int, QueueItem], reason: Callable[[QueueItem], str]) -> Choice:
    reasons = {title_id: reason(item) for title_id, item in items.items()}
    skipped = Counter(reasons.get(title_id, "not_waiting") for title_id in title_ids)
    skipped.pop("", None)
    return Choice([items[title_id] for title_id in sorted(items) if not reasons[title_id]], dict(skipped))


def _lock_waiting(title_ids: Sequence[int]) -> dict[int, QueueItem]:
    items = QueueItem.objects.select_for_update(of=("self",), no_key=True).select_related("title", "prediction")
    waiting = items.filter(title__in=title_ids, state=QueueState.WAITING).order_by("pk")
    return {item.title_id: item for item in waiting}


def _lent_titles(items: Mapping[int, QueueItem], *, besides: User) -> set[int]:
    leases = live_leases().filter(item__title__in=items)
    return set(leases.exclude(reviewer=besides).values_list("item__title", flat=True))


def _opinions(items: Mapping[int, QueueItem]) -> QuerySet[Verdict]:
    """Readings that stand, given since the title entered the queue."""
    given = Verdict.objects.filter(title__in=items, action__in=READINGS, late=False, undone_by__isnull=True)
    return given.filter(created_at__gte=F("title__queue_item__entered_at"))


def _titles_of(verdicts: QuerySet[Verdict]) -> set[int]:
    return set(verdicts.values_list("title", flat=True))
