"""Titles meet a model: one immutable prediction for each title and model version, then routing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotator.domain.annotations import lock_states
from annotator.domain.routing import route_predictions
from annotator.enums import TitleState
from annotator.models import Batch, ModelVersion, Occurrence, Prediction, Title
from annotator.models.bulk_rows import insert_missing_instances
from ner_core.spans import span_to_dict
from ner_core.tagger import Reading, Tagger


@dataclass(frozen=True)
class TagCount:
    tagged: int
    skipped: int


@dataclass(frozen=True)
class BatchProgress:
    """`tagged` of `total` distinct titles of a batch have been read by a model."""

    tagged: int
    total: int


def tag_titles(title_ids: Iterable[int], *, tagger: Tagger, model_version: ModelVersion) -> TagCount:
    """Stores this model version's predictions of the titles, and routes those that are still new.

    Titles that it has read already are not read again, but routed if they still wait for it; missing titles are skipped. The model
    runs outside any transaction; storing and routing are one. Run twice, by two workers at once, or killed anywhere: the same result.
    """
    ids = sorted(set(title_ids))
    unread = list(Title.objects.filter(~_read_by(model_version), pk__any_of=ids).order_by("pk"))
    readings = tagger.tag([title.text for title in unread], n_best=settings.N_BEST - 1)
    predictions = [_prediction(*read, model_version) for read in zip(unread, readings, strict=True)]
    with transaction.atomic():
        route_predictions(_store(predictions, lock_states(ids), model_version))
    return TagCount(tagged=len(unread), skipped=len(ids) - len(unread))


def _read_by(model_version: ModelVersion) -> Exists:
    return Exists(Prediction.objects.filter(title=OuterRef("pk"), model_version=model_version))


def _prediction(title: Title, reading: Reading, model_version: ModelVersion) -> Prediction:
    return Prediction(
        title=title,
        model_version=model_version,
        spans=span_dicts(reading),
        alternatives=[
            {"spans": span_dicts(other), "confidence": round(other.confidence, 4)} for other in reading.alternatives
        ],
        confidence=round(reading.confidence, 4),
        raw_confidence=None if reading.raw_confidence is None else round(reading.raw_confidence, 4),
        outside_risk=round(reading.outside_risk, 4),
    )


def span_dicts(reading: Reading) -> list[dict]:
    """As predictions store them and `manage.py predict` writes them."""
    return [span_to_dict(span) | {"score": round(span.score or 0.0, 4)} for span in reading.spans]


def _store(own: Sequence[Prediction], states: Mapping[int, str], model_version: ModelVersion) -> list[Prediction]:
    """Stores our readings of these titles, which are locked. Returns the stored readings of those that are new, by title: ours, but where
    another worker was first what it stored."""
    new = [title_id for title_id, state in states.items() if state == TitleState.NEW]
    rows = Prediction.objects.filter(title__pk__any_of=new, model_version=model_version)
    earlier = {found.title_id: found for found in rows.select_related("title", "model_version")}
    insert_missing_instances([found for found in own if found.title_id in states])
    stored = {found.title_id: found for found in own} | earlier
    for title_id, pk in rows.values_list("title_id", "pk"):
        stored[title_id].pk = pk
    return [stored[title_id] for title_id in new if title_id in stored]


def find_new_title_ids(*, limit: int, after: int = 0, older_than: datetime | None = None) -> list[int]:
    """Ids above `after` of titles that no model has routed yet, oldest first.

    `older_than`: not those that came since, but those of a clock that was as far ahead.
    """
    now = timezone.now()
    arrived = Q(created_at__lt=older_than) | Q(created_at__gt=now + (now - older_than)) if older_than else Q()
    new = Title.objects.filter(arrived, state=TitleState.NEW, pk__gt=after)
    return list(new.order_by("pk").values_list("pk", flat=True)[:limit])


def batch_progress(batch: Batch) -> BatchProgress:
    titles = Title.objects.filter(pk__in=Occurrence.objects.filter(batch=batch).values("title"))
    total = titles.count()
    return BatchProgress(tagged=total - titles.filter(state=TitleState.NEW).count(), total=total)
