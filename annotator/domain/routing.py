"""Where a reading goes: settled at once, or to people."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from annotator.domain.annotations import Settlement, settle_titles
from annotator.domain.surfaces import index_predictions
from annotator.enums import AnnotationSource, Band, QueueReason, TitleState
from annotator.models import Prediction, QueueItem, Title

_REASONS = {Band.MIDDLE: QueueReason.MIDDLE, Band.LOW: QueueReason.LOW}


def band_of(confidence: float, spans: Iterable[dict] = ()) -> Band:
    """The band of a reading. A span whose score is below its label's own limit (BAND_HIGH_PER_LABEL) keeps it out of high."""
    if confidence >= settings.BAND_HIGH and not any(_below_own_limit(span) for span in spans):
        return Band.HIGH
    return Band.MIDDLE if confidence >= settings.BAND_MIDDLE else Band.LOW


def _below_own_limit(span: dict) -> bool:
    return (span.get("score") or 0.0) < settings.BAND_HIGH_PER_LABEL.get(span["label"], 0.0)


def route_predictions(predictions: Sequence[Prediction]) -> None:
    """Sends titles on by the band of these predictions: high is settled as `auto`, the rest waits in the queue.

    The caller holds the titles' locks and has checked that they are new; `prediction.title` is loaded. Constant query count.
    """
    bands = {prediction.pk: band_of(prediction.confidence, prediction.spans) for prediction in predictions}
    settle_titles(
        Settlement(prediction.title, prediction.spans, AnnotationSource.AUTO, prediction)
        for prediction in predictions
        if bands[prediction.pk] == Band.HIGH
    )
    _queue([(prediction, bands[prediction.pk]) for prediction in predictions if bands[prediction.pk] != Band.HIGH])


def _queue(waiting: Sequence[tuple[Prediction, Band]]) -> None:
    items = [
        QueueItem(
            title=prediction.title,
            prediction=prediction,
            reason=_REASONS[band],
            band=band,
            confidence=prediction.confidence,
        )
        for prediction, band in waiting
    ]
    QueueItem.objects.bulk_create(items, ignore_conflicts=True)
    index_predictions([prediction for prediction, _ in waiting])
    Title.objects.filter(pk__in=[prediction.title_id for prediction, _ in waiting]).update(state=TitleState.WAITING)
