"""The rows behind the quality page. Each function is one query, whatever there is, and reads MAX_ROWS rows at the most: the newest."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter, sub

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from annotator.domain.band_limits import Limits
from annotator.domain.limit_effects import Volume
from annotator.domain.quality import Decision, Judged, ReviewerRow, triples, weakest_scores
from annotator.enums import Action, AnnotationSource, Band, QueueReason
from annotator.models import Annotation, BulkTitle, ModelVersion, Prediction, Verdict
from ner_core.agreement import TwoReadings
from ner_core.spans import Span, span_from_dict

MAX_ROWS = 1_500
SEARCHED = 5_000  # verdicts among which rare ones are looked for
READINGS = (Action.ACCEPT, Action.CORRECT, Action.NOTHING)
BY_PEOPLE = (AnnotationSource.REVIEWED, AnnotationSource.AGREED, AnnotationSource.ADJUDICATED)
BY_LOT = (QueueReason.MIDDLE, QueueReason.LOW, QueueReason.AUDIT)
# A verdict that took longer was not work on one title all the time.
LONGEST_MS = 120_000


def judged_titles(*, since: datetime) -> list[Judged]:
    """Titles that people settled from the queue, one by one: what was accepted in bulk was not judged. Those that came into the queue
    because somebody looked them up are left out.

    A title whose readers still differ is not settled, so it is not here yet.
    """
    settled = Annotation.objects.filter(
        updated_at__gte=since,
        source__in=BY_PEOPLE,
        prediction__isnull=False,
        title__queue_item__reason__in=BY_LOT,
        verdict__bulk_title__isnull=True,
    )
    rows = settled.order_by("-updated_at").values_list(
        "spans",
        "prediction__spans",
        "prediction__confidence",
        "prediction__model_version",
        "title__queue_item__reason",
        "title__queue_item__band",
        "title__queue_item__sampling_probability",
    )
    return [_judged(*row) for row in rows[:MAX_ROWS]]


def recent_volume(version: ModelVersion | None, *, since: datetime) -> list[Volume]:
    """What this version has read lately."""
    rows = Prediction.objects.filter(model_version=version, created_at__gte=since).order_by("-pk")
    return [
        Volume(confidence, weakest_scores(spans))
        for confidence, spans in rows.values_list("confidence", "spans")[:MAX_ROWS]
    ]


def two_readings(*, since: datetime) -> list[TwoReadings]:
    """Titles that two people or more have read: the first two who did so."""
    read = _newest(_opinions(since).filter(action__in=READINGS))
    twice = read.order_by().values("title").annotate(people=Count("reviewer", distinct=True)).filter(people__gt=1)
    rows = read.filter(title__in=twice.values("title")).order_by("-title", "created_at").select_related("title")
    rows = rows.only("title__text", "reviewer", "spans")[: 2 * MAX_ROWS]
    pairs = (_first_two(group) for _, group in groupby(rows, key=attrgetter("title_id")))
    return [pair for pair in pairs if pair]


def decisions(*, since: datetime, limits: Limits) -> list[Decision]:
    """Verdicts that stand, beside the reading that the model had."""
    rows = _opinions(since).filter(prediction__isnull=False).order_by("-created_at")
    return [
        Decision(action, spans, shown, limits.band_of(confidence, shown), blind)
        for action, spans, shown, confidence, blind in rows.values_list(
            "action", "spans", "prediction__spans", "prediction__confidence", "blind"
        )[:MAX_ROWS]
    ]


def reviewer_rows(*, since: datetime) -> list[ReviewerRow]:
    """Who decided how many titles and how fast, most first. Three queries."""
    # All of them are counted in an index alone, which knows nothing of undo; those undone are few, counted first, and taken off.
    undone = _work(Verdict.objects.filter(undoes__isnull=False), since=since, of="undoes__")
    made = _work(Verdict.objects.filter(created_at__gte=since).exclude(action=Action.UNDO), since=since)
    compared = _compared(since)
    rows = [
        ReviewerRow(name, *_less(work, undone.get((reviewer, name))), *_tally(compared.get(reviewer, [])))
        for (reviewer, name), work in made.items()
    ]
    return sorted((row for row in rows if row.verdicts), key=lambda row: (-row.verdicts, row.username))


def _work(verdicts: QuerySet[Verdict], *, since: datetime, of: str = "") -> dict[tuple[int, str], tuple[int, ...]]:
    """Id and name of the reviewer -> verdicts, how many of them were timed, and the sum of their times. `of`: a relation, whose verdicts
    are counted instead."""
    recent = Q(**{f"{of}created_at__gte": since})
    timed = recent & Q(**{f"{of}elapsed_ms__lte": LONGEST_MS})
    rows = (
        verdicts.order_by()
        .values_list(f"{of}reviewer_id", f"{of}reviewer__username")
        .annotate(
            made=Count(f"{of}reviewer", filter=recent),
            timed=Count(f"{of}reviewer", filter=timed),
            timed_ms=Sum(f"{of}elapsed_ms", filter=timed, default=0),
        )
    )
    return {(reviewer, name): tuple(work) for reviewer, name, *work in rows}


def _less(work: tuple[int, ...], undone: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(map(sub, work, undone)) if undone else work


def _standing(since: datetime) -> QuerySet[Verdict]:
    """NOT EXISTS: of a join that leads nowhere PostgreSQL expects no rows, and then reads all of them before it takes the newest."""
    undone = Verdict.objects.filter(undoes=OuterRef("pk"))
    return Verdict.objects.filter(~Exists(undone), created_at__gte=since).exclude(action=Action.UNDO)


def _opinions(since: datetime) -> QuerySet[Verdict]:
    """Standing verdicts but for those by which a lead settled a difference, or accepted many titles at once."""
    one_by_one = _standing(since).filter(~Exists(BulkTitle.objects.filter(verdict=OuterRef("pk"))))
    return one_by_one.exclude(
        title__annotation__source=AnnotationSource.ADJUDICATED, title__annotation__verdict=F("pk")
    )


def _newest(verdicts: QuerySet[Verdict]) -> QuerySet[Verdict]:
    """So many that their number does not matter for how long a search in them takes."""
    newest = verdicts.order_by("-created_at").values("pk")[:SEARCHED]
    return Verdict.objects.filter(pk__in=newest)


def _compared(since: datetime) -> dict[int, list[bool]]:
    """By reviewer: whether each reading was the settled one, where somebody else had a say in that."""
    others = Q(title__annotation__source=AnnotationSource.AGREED) | ~Q(
        title__annotation__verdict__reviewer=F("reviewer")
    )
    read = _newest(_standing(since).filter(action__in=READINGS))
    rows = read.filter(others, title__annotation__source__in=BY_PEOPLE)
    found: dict[int, list[bool]] = {}
    for reviewer, spans, settled in rows.order_by("-created_at").values_list(
        "reviewer", "spans", "title__annotation__spans"
    )[:MAX_ROWS]:
        found.setdefault(reviewer, []).append(triples(spans) == triples(settled))
    return found


def _tally(agreed: list[bool]) -> tuple[int, int]:
    return len(agreed), sum(agreed)


def _judged(
    settled: list[dict], read: list[dict], confidence: float, model: int, reason: str, band: str, probability: float
) -> Judged:
    """An audit outside the high band is one of what was carried over from another title: drawn by lot, but not settled by the model."""
    drawn = reason == QueueReason.AUDIT
    return Judged(
        confidence=confidence,
        wrong=triples(settled) != triples(read),
        audit=drawn and band == Band.HIGH,
        probability=probability if drawn else 1.0,
        model=model,
        weakest=weakest_scores(read),
    )


def _first_two(verdicts: Iterable[Verdict]) -> TwoReadings | None:
    first: dict[int, Verdict] = {}
    for verdict in verdicts:
        first.setdefault(verdict.reviewer_id, verdict)
    if len(first) < 2:
        return None
    one, other = list(first.values())[:2]
    return TwoReadings(one.title.text, _spans(one.spans), _spans(other.spans))


def _spans(spans: Sequence[dict]) -> list[Span]:
    return [span_from_dict(span) for span in spans]
