"""Titles that two people read without seeing each other: whose reading counts, and what becomes of the pair."""

from collections.abc import Sequence
from enum import StrEnum, auto

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from annotator.domain.annotations import lock_titles, settle_title
from annotator.domain.team import active_reviewers, has_partner
from annotator.enums import Action, AnnotationSource, QueueReason, QueueState
from annotator.models import Annotation, Lease, QueueItem, Title, User, Verdict

READINGS = (Action.ACCEPT, Action.CORRECT, Action.NOTHING)


class Outcome(StrEnum):
    """What a verdict leads to."""

    SKIPPED = auto()
    FLAGGED = auto()
    SETTLED = auto()
    WAITS = auto()
    AGREED = auto()
    DISPUTED = auto()


def lock_item(title: Title) -> QueueItem | None:
    """The queue item as it is now, held until the transaction ends; the caller holds the title."""
    items = QueueItem.objects.select_for_update(of=("self",), no_key=True).filter(title=title)
    return items.select_related("prediction").first()


def standing_opinions(item: QueueItem) -> list[Verdict]:
    """The readings that count for this title: of each person the latest since it entered the queue, in the order they came."""
    readings = Verdict.objects.filter(
        title=item.title_id,
        action__in=READINGS,
        late=False,
        undone_by__isnull=True,
        created_at__gte=item.entered_at,
    )
    latest = {verdict.reviewer_id: verdict for verdict in readings.select_related("reviewer").order_by("created_at")}
    return sorted(latest.values(), key=lambda verdict: verdict.created_at)


def opinions_on_item() -> QuerySet[Verdict]:
    """The readings that count for the outer queue item, as a sub-select."""
    readings = Verdict.objects.filter(title=OuterRef("title"), created_at__gte=OuterRef("entered_at"))
    return readings.filter(action__in=READINGS, late=False, undone_by__isnull=True)


def weigh_reading(item: QueueItem, annotation: Annotation | None, *, reviewer: User, spans: list[dict]) -> Outcome:
    """What this reading of a waiting title leads to.

    Two people are asked for what was routed so (`opinions_needed`), and for a second look: where a reading changes a span that the model
    gave SECOND_LOOK_SCORE or more, or overturns an audited one. Whether there is a second person is asked at the first reading, so that
    a team of one is never held up.
    """
    others = [opinion for opinion in standing_opinions(item) if opinion.reviewer_id != reviewer.pk]
    readings = [*(opinion.spans for opinion in others), spans]
    if not settings.SECOND_OPINION or not _needs_two(item, annotation, readings):
        return Outcome.SETTLED
    if others:
        return Outcome.AGREED if _are_equal(readings) else Outcome.DISPUTED
    return Outcome.WAITS if has_partner(reviewer) else Outcome.SETTLED


def close_item(item: QueueItem | None) -> None:
    """The title waits no longer, for a reviewer or for a lead; its leases end. Nothing without an item or twice."""
    if item and item.state != QueueState.DONE:
        QueueItem.objects.filter(pk=item.pk).update(state=QueueState.DONE, done_at=timezone.now())
        Lease.objects.filter(item=item).delete()


def dispute(item: QueueItem) -> None:
    """Two people differ: the title waits for a lead."""
    QueueItem.objects.filter(pk=item.pk).update(state=QueueState.ADJUDICATION)
    Lease.objects.filter(item=item).delete()


def disputed_pair(item: QueueItem) -> tuple[Verdict, Verdict] | None:
    """The first opinion and the first that differs from it. Left and right follow the verdicts' ids, which say nothing of who was first."""
    opinions = standing_opinions(item)
    different = [opinion for opinion in opinions[1:] if opinion.spans != opinions[0].spans]
    if not different:
        return None
    left, right = sorted((opinions[0], different[0]), key=lambda verdict: verdict.pk)
    return left, right


def pair_still_stands(item: QueueItem) -> bool:
    """Whether there are two opinions, still equal or still different, as the title's state says."""
    opinions = standing_opinions(item)
    if item.state == QueueState.ADJUDICATION:
        return disputed_pair(item) is not None
    return len(opinions) > 1 and _are_equal([opinion.spans for opinion in opinions])


def hidden_opinions(item: QueueItem | None, *, viewer: User) -> set[object]:
    """Ids of the opinions that this person must not see yet: those of others on a title that still waits for a reading or for a lead."""
    if item is None or item.state == QueueState.DONE:
        return set()
    return {opinion.pk for opinion in standing_opinions(item) if opinion.reviewer_id != viewer.pk}


def is_kept_back(item: QueueItem | None, *, viewer: User) -> bool:
    """Whether this person must not see what the model read in this title: it waits as a blind card, and they may be lent it."""
    return item is not None and item.blind and item.state == QueueState.WAITING and not viewer.is_lead


def settle_lone_opinions() -> int:
    """Settles titles that wait for a second opinion which nobody is left to give: when only one person is active, that person's.

    Returns how many. Safe to run at any time and twice; with two active people, or none, it does nothing.
    """
    team = list(active_reviewers()[:2])
    if len(team) != 1 and settings.SECOND_OPINION:
        return 0
    given = opinions_on_item()
    if settings.SECOND_OPINION:
        given = given.filter(reviewer=team[0])
    waiting = QueueItem.objects.filter(Exists(given), state=QueueState.WAITING)
    return sum(_settle_lone(title_id) for title_id in waiting.order_by("title").values_list("title", flat=True))


@transaction.atomic
def _settle_lone(title_id: int) -> bool:
    title = lock_titles([title_id]).get(title_id)
    item = lock_item(title) if title else None
    opinions = standing_opinions(item) if item and item.state == QueueState.WAITING else []
    if len(opinions) != 1:
        return False
    [opinion] = opinions
    opinion.before = situation(title, Annotation.objects.filter(title=title).first(), queue=item.state)
    opinion.save(update_fields=["before"])
    settle_title(
        title, spans=opinion.spans, source=AnnotationSource.REVIEWED, prediction=opinion.prediction, verdict=opinion
    )
    return True


def situation(title: Title, annotation: Annotation | None, *, queue: str | None, by: object = None) -> dict:
    """Verdict.before: what a verdict replaces. `queue`: the state of the queue item that the verdict ends, None if it did not wait;
    `by`: the verdict that had made it so."""
    by = by or (annotation.verdict_id if annotation else None)
    before = {
        "state": title.state,
        "queued": queue is not None,
        "queue": queue,
        "by": str(by) if by else None,
        "annotation": None,
    }
    if annotation:
        before["annotation"] = {
            "spans": annotation.spans,
            "source": annotation.source,
            "prediction": annotation.prediction_id,
        }
    return before


def _needs_two(item: QueueItem, annotation: Annotation | None, readings: Sequence[list[dict]]) -> bool:
    return item.opinions_needed > 1 or any(_calls_for_second_look(item, annotation, spans) for spans in readings)


def _calls_for_second_look(item: QueueItem, annotation: Annotation | None, spans: list[dict]) -> bool:
    if item.reason == QueueReason.AUDIT and annotation:
        return spans != annotation.spans
    kept = {_triple(span) for span in spans}
    shown = item.prediction.spans if item.proposal is None else item.proposal
    return any(span.get("score", 0.0) >= settings.SECOND_LOOK_SCORE and _triple(span) not in kept for span in shown)


def _are_equal(readings: Sequence[list[dict]]) -> bool:
    return all(spans == readings[0] for spans in readings)


def _triple(span: dict) -> tuple[int, int, str]:
    return span["start"], span["end"], span["label"]
