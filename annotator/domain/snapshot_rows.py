"""The rows of a snapshot as the database gives them: tuples, since a model instance of each of five tables takes most of the time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, QuerySet

from annotator.domain.annotations import settled_spans
from annotator.domain.gold import Sides
from annotator.enums import Action
from annotator.models import Annotation, Verdict

CHUNK = 2000
READINGS = (Action.ACCEPT, Action.CORRECT, Action.NOTHING)


class _Stored(NamedTuple):
    """One annotation with what belongs to it; of the prediction and the queue item None where there is none."""

    title_id: int
    text: str
    spans: list[dict]
    source: str
    updated_at: datetime
    predicted: list[dict] | None
    confidence: float | None
    raw_confidence: float | None
    model_version: str | None
    blind: bool | None
    sampling_probability: float | None


class SnapshotRow(NamedTuple):
    """`line`: what the snapshot says of the title, in the order of its keys."""

    line: dict[str, Any]
    updated_at: datetime


_COLUMNS = (
    "title_id", "title__text", "spans", "source", "updated_at",
    "prediction__spans", "prediction__confidence", "prediction__raw_confidence", "prediction__model_version__name",
    "title__queue_item__blind", "title__queue_item__sampling_probability",
)  # fmt: skip


def settled_titles(sources: Sequence[str] | None) -> QuerySet[Annotation]:
    return Annotation.objects.filter(source__in=sources) if sources else Annotation.objects.all()


def snapshot_rows(annotations: QuerySet[Annotation]) -> Iterator[SnapshotRow]:
    """By title id, in chunks, never over one long open cursor: on SQLite a progress note written beside it could fail."""
    sides = Sides()
    ordered = annotations.order_by("title_id").values_list(*_COLUMNS)
    last = 0
    while chunk := [_Stored(*values) for values in ordered.filter(title__gt=last)[:CHUNK]]:
        people = _readers(chunk[0].title_id, chunk[-1].title_id)
        last = chunk[-1].title_id
        for row in chunk:
            yield SnapshotRow(_line(row, people.get(row.title_id, 0), sides), row.updated_at)


def _readers(first: int, last: int) -> dict[int, int]:
    """Title id -> how many people's readings of it stand."""
    readings = Verdict.objects.filter(title__gte=first, title__lte=last, action__in=READINGS, undone_by__isnull=True)
    return dict(readings.order_by().values_list("title").annotate(Count("reviewer", distinct=True)))


def _line(row: _Stored, people: int, sides: Sides) -> dict[str, Any]:
    known = row.predicted is not None
    return {
        "text": row.text,
        "spans": row.spans,
        "source": row.source,
        "model_version": row.model_version,
        "confidence": row.confidence,
        "raw_confidence": row.raw_confidence,
        "reviewer_count": people,
        "changed": settled_spans(row.predicted) != row.spans if known else None,
        "predicted": row.predicted,
        "sampling_probability": _drawn(row),
        "side": str(sides.of(row.title_id, row.text)),
    }


def _drawn(row: _Stored) -> float | None:
    """How likely chance was to give this title to people; 1 where they would have got it anyway. None without a queue item."""
    return settings.BLIND_SHARE if row.blind and settings.BLIND_SHARE else row.sampling_probability
