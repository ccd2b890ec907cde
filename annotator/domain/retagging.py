"""After a promotion: what waits is read again by the new model, and what people decided is held against it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from annotator.domain.annotations import Settlement, lock_titles, remove_annotations, settle_titles, settled_spans
from annotator.domain.band_limits import current_limits
from annotator.domain.gold import PEOPLE, gold_annotations
from annotator.domain.job_rows import claim_alone, fail_job, finish_job, touch_job
from annotator.domain.live_leases import live_leases
from annotator.domain.opinions import opinions_on_item
from annotator.domain.queue_order import rank_items
from annotator.domain.routing import REASONS
from annotator.domain.sampling import draw
from annotator.domain.surfaces import index_predictions
from annotator.domain.tagging import tag_titles
from annotator.enums import AnnotationSource, Band, QueueReason, QueueState, TitleState
from annotator.exceptions import JobCancelled, LineupDeskError
from annotator.models import Annotation, Job, ModelVersion, Prediction, QueueItem, Title
from ner_core.tagger import Tagger

RETURNED_MOST = 200  # titles given back to people after one promotion: a flood would be read by nobody


@dataclass
class RetagCount:
    """read: waiting titles that the new model read; settled: of these, those it is sure of; moved: those whose band changed;
    left: those that somebody holds or has begun, which stay as they are; checked: titles that people settled; returned: of these, those
    given back because the new model is sure of another reading; withdrawn: titles that a version which was rolled back had settled, and of
    which the active one is not sure: they wait again."""

    read: int = 0
    settled: int = 0
    moved: int = 0
    left: int = 0
    checked: int = 0
    returned: int = 0
    withdrawn: int = 0


def run_retag(job_id: str, *, active: Callable[[], tuple[Tagger, ModelVersion]]) -> None:
    """Reads the queue again with the active model and notes what it did in the job. Nothing that a person decided is changed.

    Run twice, or after a death half-way: what is read already is not read again. A job that is over or runs elsewhere is left alone.
    """
    job = claim_alone(job_id)
    if job is None:
        return
    try:
        withdrawn = ModelVersion.objects.filter(pk=job.params.get("withdrawn")).first()
        count = retag_queue(*active(), job=job, withdrawn=withdrawn)
    except JobCancelled:
        return
    except LineupDeskError as error:
        fail_job(job, code=error.code, message=error.message)
    else:
        finish_job(job, result=asdict(count))


def retag_queue(
    tagger: Tagger, version: ModelVersion, *, job: Job | None = None, withdrawn: ModelVersion | None = None
) -> RetagCount:
    """What waits, what `withdrawn` settled, and what people settled since the version's snapshot."""
    count = RetagCount()
    total = _waiting(version).count()
    for ids in _in_chunks(_waiting(version)):
        tag_titles(ids, tagger=tagger, model_version=version)
        _reroute(ids, version, count)
        _tell(job, count, total)
    for ids in _in_chunks(_by_machine(withdrawn)):
        tag_titles(ids, tagger=tagger, model_version=version)
        _reconsider(ids, version, count)
        _tell(job, count, total)
    for ids in _in_chunks(_by_people(version)):
        tag_titles(ids, tagger=tagger, model_version=version)
        _return_contradicted(ids, version, count)
        _tell(job, count, total)
    return count


def _waiting(version: ModelVersion) -> QuerySet[Title]:
    """Not audits: they judge the model that settled them."""
    items = QueueItem.objects.filter(title=OuterRef("pk"), state=QueueState.WAITING).exclude(reason=QueueReason.AUDIT)
    return Title.objects.filter(Exists(items.exclude(prediction__model_version=version)))


def _by_machine(version: ModelVersion | None) -> QuerySet[Title]:
    settled = Title.objects.filter(annotation__source=AnnotationSource.AUTO)
    return settled.filter(annotation__prediction__model_version=version) if version else settled.none()


def _by_people(version: ModelVersion) -> QuerySet[Title]:
    """Not what this version learnt from: of that it knows the answer. Not gold: given back, it would be gold no longer."""
    settled = Title.objects.filter(annotation__source__in=PEOPLE).exclude(predictions__model_version=version)
    settled = settled.exclude(pk__in=gold_annotations().values("title"))
    learnt = version.snapshot.created_at if version.snapshot else None
    return settled.filter(annotation__updated_at__gt=learnt) if learnt else settled


def _in_chunks(titles: QuerySet[Title]) -> Iterator[list[int]]:
    last = 0
    while ids := list(titles.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[: settings.TAG_CHUNK]):
        last = ids[-1]
        yield ids


@transaction.atomic
def _reroute(title_ids: Sequence[int], version: ModelVersion, count: RetagCount) -> None:
    lock_titles(title_ids)
    found = QueueItem.objects.select_for_update(of=("self",), no_key=True).filter(
        title__in=title_ids, state=QueueState.WAITING
    )
    found = found.exclude(reason=QueueReason.AUDIT)
    items = list(found.select_related("title").order_by("pk"))
    free = [item for item in items if item.pk not in _begun(items)]
    count.left += len(items) - len(free)
    predictions = _predictions([item.title_id for item in free], version)
    for item in free:
        item.prediction = predictions[item.title_id]
    _route_again(free, count)
    count.read += len(free)


def _begun(items: Sequence[QueueItem]) -> set[int]:
    """Those that somebody holds, has given an opinion on, or that wait with a correction that was carried over."""
    held = live_leases().filter(item__in=items).values_list("item", flat=True)
    opened = QueueItem.objects.filter(Exists(opinions_on_item()), pk__in=[item.pk for item in items])
    carried = {item.pk for item in items if item.proposal is not None}
    return {*held, *opened.values_list("pk", flat=True), *carried}


def _route_again(items: Sequence[QueueItem], count: RetagCount) -> None:
    """As annotator.domain.routing, but that what people sent back stays with people."""
    limits = current_limits()
    sure, rest = [], []
    for item in items:
        band = limits.band_of(item.prediction.confidence, item.prediction.spans)
        count.moved += band != item.band
        if band == Band.HIGH and item.reason != QueueReason.RETURNED:
            sure.append(item)
        else:
            rest.append(item)
        _set_band(item, band)
    audited = [item for item in sure if draw(item.prediction, "audit") < settings.AUDIT_SHARE]
    for item in audited:
        item.reason, item.sampling_probability = QueueReason.AUDIT, settings.AUDIT_SHARE
    _store([*rest, *audited])
    count.settled += len(
        settle_titles(
            Settlement(item.title, item.prediction.spans, AnnotationSource.AUTO, item.prediction) for item in sure
        )
    )


def _set_band(item: QueueItem, band: Band) -> None:
    item.band, item.confidence = band, item.prediction.confidence
    if item.reason != QueueReason.RETURNED and band != Band.HIGH:
        item.reason = REASONS[band]
        item.opinions_needed = 2 if band == Band.LOW and settings.SECOND_OPINION else 1


def _store(items: Sequence[QueueItem]) -> None:
    blind = {item.pk: item.blind for item in items}
    rank_items(items)
    for item in items:
        item.blind = blind[item.pk]  # drawn once: what was shown to nobody stays so
    fields = [
        "prediction",
        "band",
        "confidence",
        "reason",
        "opinions_needed",
        "sampling_probability",
        "rank",
        "cluster",
    ]
    QueueItem.objects.bulk_update(items, fields)
    index_predictions([item.prediction for item in items])


@transaction.atomic
def _reconsider(title_ids: Sequence[int], version: ModelVersion, count: RetagCount) -> None:
    """A version that was rolled back may have been too sure: only what the active one is sure of too stays settled."""
    titles, limits = lock_titles(title_ids), current_limits()
    automatic = Annotation.objects.filter(title__in=title_ids, source=AnnotationSource.AUTO)
    predictions = _predictions(list(automatic.values_list("title", flat=True)), version)
    bands = {pk: limits.band_of(found.confidence, found.spans) for pk, found in predictions.items()}
    settle_titles(
        Settlement(titles[pk], predictions[pk].spans, AnnotationSource.AUTO, predictions[pk])
        for pk, band in bands.items()
        if band == Band.HIGH
    )
    unsure = [pk for pk, band in bands.items() if band != Band.HIGH]
    remove_annotations(unsure)
    Title.objects.filter(pk__in=unsure).update(state=TitleState.WAITING)
    _store([_waiting_item(titles[pk], predictions[pk], bands[pk]) for pk in unsure])
    count.withdrawn += len(unsure)


def _waiting_item(title: Title, prediction: Prediction, band: Band) -> QueueItem:
    """As routing makes it, in place of the one that was done."""
    fields = {
        "prediction": prediction,
        "reason": REASONS[band],
        "band": band,
        "confidence": prediction.confidence,
        "opinions_needed": 2 if band == Band.LOW and settings.SECOND_OPINION else 1,
        "sampling_probability": 1.0,
        "proposal": None,
        "state": QueueState.WAITING,
        "done_at": None,
        "entered_at": timezone.now(),
    }
    item, _made = QueueItem.objects.update_or_create(title=title, defaults=fields)
    item.title, item.prediction = title, prediction
    return item


@transaction.atomic
def _return_contradicted(title_ids: Sequence[int], version: ModelVersion, count: RetagCount) -> None:
    lock_titles(title_ids)
    predictions, limits = _predictions(title_ids, version), current_limits()
    annotations = Annotation.objects.filter(title__in=title_ids, source__in=PEOPLE).select_related("title")
    for annotation in annotations.order_by("pk"):
        prediction = predictions[annotation.title_id]
        count.checked += 1
        differs = settled_spans(prediction.spans) != annotation.spans
        is_sure = limits.band_of(prediction.confidence, prediction.spans) == Band.HIGH
        if differs and is_sure and count.returned < RETURNED_MOST:
            count.returned += _return(annotation.title, prediction)


def _return(title: Title, prediction: Prediction) -> bool:
    """What the person decided stays the settled reading until somebody decides again."""
    fields = {
        "prediction": prediction,
        "reason": QueueReason.RETURNED,
        "band": Band.HIGH,
        "confidence": prediction.confidence,
        "rank": 0.0,
        "blind": False,
        "proposal": None,
        "state": QueueState.WAITING,
        "done_at": None,
        "entered_at": timezone.now(),
    }
    QueueItem.objects.update_or_create(title=title, defaults=fields)
    index_predictions([prediction])
    return True


def _predictions(title_ids: Sequence[int], version: ModelVersion) -> dict[int, Prediction]:
    rows = Prediction.objects.filter(title__in=title_ids, model_version=version)
    return {prediction.title_id: prediction for prediction in rows.select_related("title", "model_version")}


def _tell(job: Job | None, count: RetagCount, total: int) -> None:
    if job is not None:
        done = count.read + count.left
        touch_job(job, done=done + count.checked, total=max(total, done) + count.checked, result=asdict(count))
