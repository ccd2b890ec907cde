"""What people decide on titles. Undo and answers to flags: annotator.domain.undo, offered here too."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from annotator.domain.annotations import remove_annotation, settle_title, settled_spans
from annotator.domain.chosen_links import clean_links
from annotator.domain.opinions import (
    READINGS,
    Outcome,
    close_item,
    dispute,
    lock_item,
    situation,
    weigh_reading,
)
from annotator.domain.overrides import clean_overrides
from annotator.domain.undo import send_back_flagged, undo_verdict
from annotator.domain.verdicts import clean_comment, conflict, lock_title, set_state, standing_flag, store_once
from annotator.enums import Action, AnnotationSource, QueueState, TitleState
from annotator.exceptions import InvalidSpans, InvalidVerdict
from annotator.models import Annotation, Lease, Prediction, QueueItem, Title, User, Verdict
from ner_core.spans import SpanError, span_from_dict, span_to_dict, validate_spans

__all__ = ["record_verdict", "send_back_flagged", "undo_verdict"]

ELAPSED_MAX_MS = 2**31 - 1
OVERRULED_SOURCES = (AnnotationSource.AUTO, AnnotationSource.PROPAGATED)
SHARED_SOURCES = (AnnotationSource.AGREED, AnnotationSource.ADJUDICATED)
SOURCES = {Outcome.SETTLED: AnnotationSource.REVIEWED, Outcome.AGREED: AnnotationSource.AGREED}
DECIDING = (*SOURCES, Outcome.FLAGGED)


@dataclass(frozen=True)
class _Sent:
    """A verdict as the client sent it."""

    title_id: int
    reviewer: User
    verdict_id: UUID
    action: str
    spans: Sequence[dict]
    comment: str
    elapsed_ms: int | None
    prediction_id: int | None
    overrides: Sequence[dict]
    links: Sequence[dict]


def record_verdict(
    *,
    title_id: int,
    reviewer: User,
    verdict_id: UUID,
    action: str,
    spans: Sequence[dict] = (),
    comment: str = "",
    elapsed_ms: int | None = None,
    prediction_id: int | None = None,
    overrides: Sequence[dict] = (),
    links: Sequence[dict] = (),
) -> Verdict:
    """Stores what a person decided on a title and does what follows from it, in one transaction.

    accept settles the title with the spans of the prediction that was shown (`prediction_id`, else the one in the queue), correct
    with `spans`, nothing with no span at all; skip leaves it waiting for others; flag takes it out of the queue, for a lead. Where two
    people are to read it (annotator.domain.opinions) the first reading settles nothing, a second that is equal settles it as `agreed`,
    and one that differs sends it to a lead (annotator.domain.adjudication). A lease is not needed: whoever comes first settles a
    waiting title. A verdict on a title that somebody else has settled or flagged meanwhile is stored as `late` and changes nothing;
    what a model settled, a person overrules, and a lead decides flagged titles. `overrides` names the guideline checks that the
    reading breaks on purpose (annotator.domain.overrides), `links` the artists that its performers are (annotator.domain.chosen_links).

    The same id again returns the stored verdict and does nothing. Raises VerdictConflict if it came with another content, InvalidSpans
    with the code of the rule and a message naming the span, InvalidVerdict, TitleMissing.
    """
    sent = _Sent(
        title_id,
        reviewer,
        verdict_id,
        action,
        spans,
        clean_comment(comment),
        _clamp(elapsed_ms),
        prediction_id,
        overrides,
        links,
    )
    if action not in (*READINGS, Action.SKIP, Action.FLAG):
        raise InvalidVerdict(
            _("%(action)s is not an action.") % {"action": action}, code="unknown_action", field="action"
        )
    return store_once(verdict_id, lambda: _record(sent))


def _record(sent: _Sent) -> Verdict:
    title = lock_title(sent.title_id)
    if stored := Verdict.objects.filter(pk=sent.verdict_id).select_related("title").first():
        return _check_repeat(stored, sent)
    item = lock_item(title)
    prediction = _shown_prediction(title, sent, item)
    spans = _reading(title, sent, prediction, item)
    annotation = Annotation.objects.filter(title=title).select_related("verdict").first()
    outcome = _outcome(title, item, annotation, sent, spans)
    verdict = Verdict.objects.create(
        id=sent.verdict_id,
        title=title,
        reviewer=sent.reviewer,
        action=sent.action,
        spans=spans,
        prediction=prediction,
        comment=sent.comment,
        overrides=clean_overrides(sent.overrides, spans),
        links=clean_links(sent.links, spans),
        elapsed_ms=sent.elapsed_ms,
        late=outcome is None,
        blind=item is not None and item.blind,
        before=_before(title, item, annotation) if outcome in DECIDING else {},
    )
    if outcome not in DECIDING:  # else all leases of the title end
        Lease.objects.filter(item__title=title, reviewer=sent.reviewer).delete()
    _apply(verdict, title, item, outcome)
    return verdict


def _check_repeat(stored: Verdict, sent: _Sent) -> Verdict:
    same = (stored.title_id, stored.reviewer_id, stored.action, stored.comment) == (
        sent.title_id,
        sent.reviewer.pk,
        sent.action,
        sent.comment,
    )
    if same and sent.action == Action.CORRECT:
        same = stored.spans == _valid_spans(stored.title, sent.spans)
    if same:
        same = stored.overrides == clean_overrides(sent.overrides, stored.spans)
        same = same and stored.links == clean_links(sent.links, stored.spans)
    if same and sent.prediction_id is not None:
        same = stored.prediction_id == sent.prediction_id
    if not same:
        raise conflict()
    return stored


def _shown_prediction(title: Title, sent: _Sent, item: QueueItem | None) -> Prediction | None:
    """The prediction the client names; else the one in the queue; else the newest."""
    if item and sent.prediction_id in (None, item.prediction_id):
        return item.prediction
    predictions = Prediction.objects.filter(title=title)
    if sent.prediction_id is None:
        return predictions.order_by("-pk").first()
    prediction = predictions.filter(pk=sent.prediction_id).first()
    if prediction is None:
        message = _("This title has no prediction %(id)s.") % {"id": sent.prediction_id}
        raise InvalidVerdict(message, code="unknown_prediction", field="prediction_id")
    return prediction


def _reading(title: Title, sent: _Sent, prediction: Prediction | None, item: QueueItem | None) -> list[dict]:
    if sent.action == Action.CORRECT:
        return _valid_spans(title, sent.spans)
    if sent.action != Action.ACCEPT:
        return []
    if prediction is None:
        raise InvalidVerdict(_("No model has read this title: there is nothing to accept."), code="no_prediction")
    if item and item.blind:
        message = _("This title was shown without a reading: there is nothing to accept.")
        raise InvalidVerdict(message, code="nothing_shown", field="action")
    return settled_spans(prediction.spans)


def _valid_spans(title: Title, spans: Sequence[dict]) -> list[dict]:
    try:
        checked = validate_spans(title.text, [span_from_dict(span) for span in spans])
    except SpanError as error:
        raise InvalidSpans(error.message, code=error.code, field="spans") from error
    return settled_spans(span_to_dict(span) for span in checked)


def _outcome(
    title: Title, item: QueueItem | None, annotation: Annotation | None, sent: _Sent, spans: list[dict]
) -> Outcome | None:
    """What the verdict leads to; None if somebody else was first."""
    waits = item is not None and item.state == QueueState.WAITING
    if not waits and not _may_decide(title, item, annotation, sent.reviewer):
        return None
    if sent.action == Action.SKIP:
        return Outcome.SKIPPED
    if sent.action == Action.FLAG:
        return Outcome.FLAGGED
    return weigh_reading(item, annotation, reviewer=sent.reviewer, spans=spans) if waits else Outcome.SETTLED


def _may_decide(title: Title, item: QueueItem | None, annotation: Annotation | None, reviewer: User) -> bool:
    """Whether this person may decide a title that does not wait: not over another person's head."""
    if item and item.state == QueueState.ADJUDICATION:
        return False
    if flag := standing_flag(title):
        return reviewer.is_lead or flag.reviewer_id == reviewer.pk
    if annotation is None or annotation.source in OVERRULED_SOURCES:
        return True
    if annotation.source in SHARED_SOURCES:
        return False
    return annotation.verdict is not None and annotation.verdict.reviewer_id == reviewer.pk


def _before(title: Title, item: QueueItem | None, annotation: Annotation | None) -> dict:
    flag = standing_flag(title)
    waited = item is not None and item.state == QueueState.WAITING
    return situation(title, annotation, queue=item.state if waited else None, by=flag.pk if flag else None)


def _apply(verdict: Verdict, title: Title, item: QueueItem | None, outcome: Outcome | None) -> None:
    if outcome in DECIDING:
        close_item(item)
    if outcome == Outcome.FLAGGED:
        remove_annotation(title)
        set_state(title, TitleState.FLAGGED)
    elif outcome in SOURCES:
        settle_title(
            title, spans=verdict.spans, source=SOURCES[outcome], prediction=verdict.prediction, verdict=verdict
        )
    elif outcome == Outcome.DISPUTED:
        dispute(item)


def _clamp(elapsed_ms: int | None) -> int | None:
    return None if elapsed_ms is None else max(0, min(elapsed_ms, ELAPSED_MAX_MS))
