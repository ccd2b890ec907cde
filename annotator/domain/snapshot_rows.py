"""The rows of a snapshot as the database gives them: tuples, since a model instance of each of five tables takes most of the time, and
readings as the JSON that is stored, since it is what the snapshot says."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, QuerySet, TextField
from django.db.models.functions import Cast

from annotator.domain.annotations import settled_spans
from annotator.domain.gold import Sides
from annotator.enums import Action
from annotator.models import Annotation, Verdict
from ner_core.formats import dump_json

CHUNK = 2000
READINGS = (Action.ACCEPT, Action.CORRECT, Action.NOTHING)
_LABEL = re.compile(r'"label": "([^"]*)"')
_SCORE = re.compile(r', "score": [^,}]*')


class _Stored(NamedTuple):
    """One annotation with what belongs to it; of the prediction and the queue item None where there is none. Spans are JSON."""

    title_id: int
    text: str
    spans: str
    source: str
    updated_at: datetime
    predicted: str | None
    confidence: float | None
    raw_confidence: float | None
    model_version: str | None
    blind: bool | None
    sampling_probability: float | None


class SnapshotRow(NamedTuple):
    """`line`: what the snapshot says of the title, as a line of JSON; and what of that the manifest counts."""

    line: str
    labels: list[str]
    changed: bool | None
    source: str
    side: str
    model_version: str | None
    updated_at: datetime


_COLUMNS = (
    "title_id", "title__text", Cast("spans", TextField()), "source", "updated_at",
    Cast("prediction__spans", TextField()), "prediction__confidence", "prediction__raw_confidence", "prediction__model_version__name",
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
            yield _row(row, people.get(row.title_id, 0), str(sides.of(row.title_id, row.text)))


def _readers(first: int, last: int) -> dict[int, int]:
    """Title id -> how many people's readings of it stand."""
    readings = Verdict.objects.filter(title__gte=first, title__lte=last, action__in=READINGS, undone_by__isnull=True)
    return dict(readings.order_by().values_list("title").annotate(Count("reviewer", distinct=True)))


def _row(row: _Stored, people: int, side: str) -> SnapshotRow:
    changed = None if row.predicted is None else _is_changed(row.predicted, row.spans)
    line = _line(row, reviewer_count=people, changed=changed, side=side)
    labels = _LABEL.findall(row.spans)
    return SnapshotRow(line, labels, changed, row.source, side, row.model_version, row.updated_at)


def _line(row: _Stored, *, reviewer_count: int, changed: bool | None, side: str) -> str:
    before = {
        "source": row.source,
        "model_version": row.model_version,
        "confidence": row.confidence,
        "raw_confidence": row.raw_confidence,
        "reviewer_count": reviewer_count,
        "changed": changed,
    }
    after = {"sampling_probability": _drawn(row), "side": side}
    return (
        f'{{"text": {dump_json(row.text)}, "spans": {row.spans}, {_members(before)}, '
        f'"predicted": {row.predicted or "null"}, {_members(after)}}}\n'
    )


def _members(values: dict[str, Any]) -> str:
    return dump_json(values)[1:-1]


def _is_changed(predicted: str, spans: str) -> bool:
    """Most are not, and are the same to the letter."""
    return _SCORE.sub("", predicted) != spans and settled_spans(json.loads(predicted)) != json.loads(spans)


def _drawn(row: _Stored) -> float | None:
    """How likely chance was to give this title to people; 1 where they would have got it anyway. None without a queue item."""
    return settings.BLIND_SHARE if row.blind and settings.BLIND_SHARE else row.sampling_probability
