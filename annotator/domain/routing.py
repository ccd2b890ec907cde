"""Where a reading goes: settled at once, or to people."""

from collections.abc import Sequence

from django.conf import settings

from annotator.domain.annotations import Settlement, settle_titles
from annotator.domain.band_limits import current_limits
from annotator.domain.queue_order import rank_items
from annotator.domain.sampling import draw
from annotator.domain.surfaces import index_predictions
from annotator.enums import AnnotationSource, Band, QueueReason, TitleState
from annotator.models import Prediction, QueueItem, Title
from annotator.models.bulk_rows import insert_missing_instances

REASONS = {Band.HIGH: QueueReason.AUDIT, Band.MIDDLE: QueueReason.MIDDLE, Band.LOW: QueueReason.LOW}


def route_predictions(predictions: Sequence[Prediction]) -> None:
    """Sends titles on by the band of these predictions: high is settled as `auto`, the rest waits in the queue.

    The limits are those of this moment (annotator.domain.band_limits). The caller holds the titles' locks and has checked that they
    are new; `prediction.title` is loaded. Constant query count. Artists whose names the settled titles of this chunk bring do not move its
    waiting titles in the queue: who waits is ranked first.
    """
    limits = current_limits()
    bands = {prediction.pk: limits.band_of(prediction.confidence, prediction.spans) for prediction in predictions}
    items = [_item(prediction, bands[prediction.pk]) for prediction in predictions]
    _queue([item for item in items if item.band != Band.HIGH or draw(item.prediction, "audit") < settings.AUDIT_SHARE])
    # Last: from here on this transaction holds names of artists, which other workers' chunks wait for until it ends.
    settle_titles(
        Settlement(prediction.title, prediction.spans, AnnotationSource.AUTO, prediction)
        for prediction in predictions
        if bands[prediction.pk] == Band.HIGH
    )


def _item(prediction: Prediction, band: Band) -> QueueItem:
    return QueueItem(
        title=prediction.title,
        prediction=prediction,
        reason=REASONS[band],
        band=band,
        confidence=prediction.confidence,
        opinions_needed=2 if band == Band.LOW and settings.SECOND_OPINION else 1,
        sampling_probability=(settings.AUDIT_SHARE or 1.0) if band == Band.HIGH else 1.0,
    )


def _queue(items: Sequence[QueueItem]) -> None:
    rank_items(items)
    insert_missing_instances(items)
    index_predictions([item.prediction for item in items])
    waiting = [item.title_id for item in items if item.reason != QueueReason.AUDIT]
    Title.objects.filter(pk__any_of=waiting).update(state=TitleState.WAITING)
