"""The settled readings: the only writers of Annotation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotator.domain.artists import link_mentions, unlink_mentions
from annotator.domain.surfaces import index_annotations, index_predictions
from annotator.domain.webhooks.events import note_settled
from annotator.enums import AnnotationSource, Band, QueueReason, QueueState, TitleState
from annotator.exceptions import InvalidSpans
from annotator.models import Annotation, Lease, Prediction, QueueItem, Title, Verdict
from ner_core.spans import SpanError, span_from_dict, validate_spans


@dataclass(frozen=True)
class Settlement:
    """What one title is to be settled with. `spans`: dictionaries as in Prediction.spans; scores are dropped."""

    title: Title
    spans: Sequence[dict]
    source: AnnotationSource
    prediction: Prediction | None = None
    verdict: Verdict | None = None


def settle_title(
    title: Title,
    *,
    spans: Sequence[dict],
    source: AnnotationSource,
    prediction: Prediction | None = None,
    verdict: Verdict | None = None,
) -> Annotation | None:
    """settle_titles for one title; None if a person had decided it and the machine may not."""
    annotations = settle_titles([Settlement(title, spans, source, prediction, verdict)])
    return annotations[0] if annotations else None


@transaction.atomic
def settle_titles(settlements: Iterable[Settlement]) -> list[Annotation]:
    """Makes these the settled readings: Annotation, Title.state, queue item done, leases ended, mentions linked.

    Source `auto` skips titles that a person settled or flagged, and leaves an audit card in the queue; anything else replaces what
    was there. Twice the same changes nothing more. The queries do not grow with the number of titles (but for the database's own
    limit on parameters). Returns the annotations written. Raises InvalidSpans, naming the title, before anything is written.
    """
    return _write(_lock_and_choose({settlement.title.pk: settlement for settlement in settlements}))


@transaction.atomic
def restore_annotation(settlement: Settlement) -> Annotation:
    """The way back of an undo: as settle_titles, but an automatic reading may come back over a person's."""
    lock_titles([settlement.title.pk])
    return _write([settlement])[0]


def _write(wanted: list[Settlement]) -> list[Annotation]:
    if not wanted:
        return []
    annotations = Annotation.objects.bulk_create(
        [_annotation(settlement) for settlement in wanted],
        update_conflicts=True,
        unique_fields=["title"],
        update_fields=["spans", "source", "prediction", "verdict", "updated_at"],
    )
    _close_titles(wanted)
    index_annotations(annotations)
    link_mentions(annotations)
    note_settled([settlement.title.pk for settlement in wanted])
    return annotations


@transaction.atomic
def unsettle_title(title: Title) -> None:
    """Takes the settled reading away: mentions go, the title waits again and its queue item is open again.

    What the model had settled alone comes into the queue as `returned`; a title without any prediction is to be tagged again.
    Without an annotation nothing happens.
    """
    lock_titles([title.pk])
    annotation = Annotation.objects.filter(title=title).select_related("prediction").first()
    if annotation is None:
        return
    remove_annotation(title)
    title.state = TitleState.WAITING if reopen_item(title, annotation.prediction) else TitleState.NEW
    title.save(update_fields=["state"])


def reopen_item(title: Title, prediction: Prediction | None, **fields: object) -> bool:
    """Puts the title back into the queue, with these fields changed; False if no model has read it yet."""
    if QueueItem.objects.filter(title=title).update(state=QueueState.WAITING, done_at=None, **fields):
        return True
    if prediction is None:
        return False
    QueueItem.objects.create(
        title=title,
        prediction=prediction,
        reason=QueueReason.RETURNED,
        band=Band.HIGH,  # nothing else is settled without the queue
        confidence=prediction.confidence,
        rank=prediction.confidence,
    )
    index_predictions([prediction])
    return True


def remove_annotation(title: Title) -> bool:
    """Deletes the annotation with its mentions and nothing else; the caller holds the lock and gives the title its next state."""
    return bool(remove_annotations([title.pk]))


def remove_annotations(title_ids: Iterable[int]) -> int:
    """remove_annotation for many titles, in a constant number of queries; returns how many had one."""
    annotations = list(Annotation.objects.filter(title__in=title_ids))
    unlink_mentions(annotations)
    Annotation.objects.filter(pk__in=[annotation.pk for annotation in annotations]).delete()
    return len(annotations)


def lock_titles(title_ids: Iterable[int]) -> dict[int, Title]:
    """The titles as they are now, held until the transaction ends. Always in the order of ids, so that no two writers deadlock."""
    locked = Title.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=title_ids).order_by("pk")
    return {title.pk: title for title in locked}


def lock_states(title_ids: Iterable[int]) -> dict[int, str]:
    """lock_titles for who needs no more than their states."""
    locked = Title.objects.select_for_update(no_key=True).filter(pk__any_of=list(title_ids)).order_by("pk")
    return dict(locked.values_list("pk", "state"))


def settled_spans(spans: Iterable[dict]) -> list[dict]:
    """Spans as annotations and verdicts store them: by place, without scores."""
    bare = [{key: span[key] for key in ("start", "end", "label")} for span in spans]
    return sorted(bare, key=lambda span: (span["start"], span["end"]))


def _lock_and_choose(settlements: dict[int, Settlement]) -> list[Settlement]:
    states = lock_states(settlements)
    sources = dict(Annotation.objects.filter(title__pk__any_of=list(states)).values_list("title_id", "source"))
    return [
        settlement
        for title_id, settlement in sorted(settlements.items())
        if title_id in states and _may_settle(settlement, states[title_id], sources.get(title_id))
    ]


def _may_settle(settlement: Settlement, state: str, present: str | None) -> bool:
    if settlement.source != AnnotationSource.AUTO:
        return True
    return present in (None, AnnotationSource.AUTO) and state != TitleState.FLAGGED


def _annotation(settlement: Settlement) -> Annotation:
    return Annotation(
        title=settlement.title,
        spans=_checked_spans(settlement),
        source=settlement.source,
        prediction=settlement.prediction,
        verdict=settlement.verdict,
    )


def _checked_spans(settlement: Settlement) -> list[dict]:
    title = settlement.title
    try:
        validate_spans(title.text, map(span_from_dict, settlement.spans))
    except SpanError as error:
        raise InvalidSpans(f"title {title.pk}: {error.message}", code=error.code, field="spans") from error
    return settled_spans(settlement.spans)


def _close_titles(settlements: list[Settlement]) -> None:
    for settlement in settlements:
        settlement.title.state = TitleState.SETTLED
    Title.objects.filter(pk__in=[settlement.title.pk for settlement in settlements]).update(state=TitleState.SETTLED)
    by_people = [given.title.pk for given in settlements if given.source != AnnotationSource.AUTO]
    by_machine = [given.title.pk for given in settlements if given.source == AnnotationSource.AUTO]
    closable = Q(title__in=by_people) | Q(title__in=by_machine) & ~Q(reason=QueueReason.AUDIT)
    waiting = QueueItem.objects.select_for_update(of=("self",), no_key=True).filter(closable, state=QueueState.WAITING)
    items = list(waiting.order_by("pk").values_list("pk", flat=True))
    if items:
        QueueItem.objects.filter(pk__in=items).update(state=QueueState.DONE, done_at=timezone.now())
        Lease.objects.filter(item__in=items).delete()
