"""What people decide on titles. Undo and answers to flags: annotator.domain.undo, offered here too."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.annotations import remove_annotation, settle_title, settled_spans
from annotator.domain.overrides import clean_overrides
from annotator.domain.undo import send_back_flagged, undo_verdict
from annotator.domain.verdicts import clean_comment, conflict, lock_title, set_state, standing_flag, store_once
from annotator.enums import Action, AnnotationSource, QueueState, TitleState
from annotator.exceptions import InvalidSpans, InvalidVerdict
from annotator.models import Annotation, Lease, Prediction, QueueItem, Title, User, Verdict
from ner_core.spans import SpanError, span_from_dict, span_to_dict, validate_spans

__all__ = ["record_verdict", "send_back_flagged", "undo_verdict"]

ELAPSED_MAX_MS = 2**31 - 1
READINGS = (Action.ACCEPT, Action.CORRECT, Action.NOTHING)
OVERRULED_SOURCES = (AnnotationSource.AUTO, AnnotationSource.PROPAGATED)


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
) -> Verdict:
    """Stores what a person decided on a title and does what follows from it, in one transaction.

    accept settles the title with the spans of the prediction that was shown (`prediction_id`, else the one in the queue), correct
    with `spans`, nothing with no span at all; skip leaves it waiting for others; flag takes it out of the queue, for a lead. A
    lease is not needed: whoever comes first settles a waiting title. A verdict on a title that somebody else has settled or flagged
    meanwhile is stored as `late` and changes nothing; what a model settled, a person overrules, and a lead decides flagged titles.
    `overrides` names the guideline checks that the reading breaks on purpose (annotator.domain.overrides).

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
    prediction = _shown_prediction(title, sent)
    spans = _reading(title, sent, prediction)
    before = _claim(title, sent)
    verdict = Verdict.objects.create(
        id=sent.verdict_id,
        title=title,
        reviewer=sent.reviewer,
        action=sent.action,
        spans=spans,
        prediction=prediction,
        comment=sent.comment,
        overrides=clean_overrides(sent.overrides, spans),
        elapsed_ms=sent.elapsed_ms,
        late=before is None,
        before=before or {},
    )
    Lease.objects.filter(item__title=title, reviewer=sent.reviewer).delete()
    if not verdict.late:
        _apply(verdict, title)
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
    if same and sent.prediction_id is not None:
        same = stored.prediction_id == sent.prediction_id
    if not same:
        raise conflict()
    return stored


def _shown_prediction(title: Title, sent: _Sent) -> Prediction | None:
    """The prediction the client names; else the one in the queue; else the newest."""
    predictions = Prediction.objects.filter(title=title)
    if sent.prediction_id is None:
        in_queue = predictions.filter(pk__in=QueueItem.objects.filter(title=title).values("prediction"))
        return in_queue.first() or predictions.order_by("-pk").first()
    prediction = predictions.filter(pk=sent.prediction_id).first()
    if prediction is None:
        message = _("This title has no prediction %(id)s.") % {"id": sent.prediction_id}
        raise InvalidVerdict(message, code="unknown_prediction", field="prediction_id")
    return prediction


def _reading(title: Title, sent: _Sent, prediction: Prediction | None) -> list[dict]:
    if sent.action == Action.CORRECT:
        return _valid_spans(title, sent.spans)
    if sent.action != Action.ACCEPT:
        return []
    if prediction is None:
        raise InvalidVerdict(_("No model has read this title: there is nothing to accept."), code="no_prediction")
    return settled_spans(prediction.spans)


def _valid_spans(title: Title, spans: Sequence[dict]) -> list[dict]:
    try:
        checked = validate_spans(title.text, [span_from_dict(span) for span in spans])
    except SpanError as error:
        raise InvalidSpans(error.message, code=error.code, field="spans") from error
    return settled_spans(span_to_dict(span) for span in checked)


def _claim(title: Title, sent: _Sent) -> dict | None:
    """Takes the title for this verdict: what it had before, or None if somebody else was first. A skip leaves it in the queue."""
    annotation = Annotation.objects.filter(title=title).select_related("verdict").first()
    waiting = QueueItem.objects.filter(title=title, state=QueueState.WAITING)
    if sent.action == Action.SKIP:
        return {} if waiting.exists() or _may_decide(title, annotation, sent.reviewer) else None
    queued = waiting.update(state=QueueState.DONE, done_at=timezone.now()) == 1
    if not queued and not _may_decide(title, annotation, sent.reviewer):
        return None
    Lease.objects.filter(item__title=title).delete()
    return _before(title, annotation, queued=queued)


def _may_decide(title: Title, annotation: Annotation | None, reviewer: User) -> bool:
    """Whether this person may decide a title that does not wait: not over another person's head."""
    if flag := standing_flag(title):
        return reviewer.is_lead or flag.reviewer_id == reviewer.pk
    if annotation is None or annotation.source in OVERRULED_SOURCES:
        return True
    return annotation.verdict is not None and annotation.verdict.reviewer_id == reviewer.pk


def _before(title: Title, annotation: Annotation | None, *, queued: bool) -> dict:
    """What a verdict replaces; `by` is the verdict that had made it so."""
    flag = standing_flag(title)
    by = annotation.verdict_id if annotation else (flag.pk if flag else None)
    before = {"state": title.state, "queued": queued, "by": str(by) if by else None, "annotation": None}
    if annotation:
        before["annotation"] = {
            "spans": annotation.spans,
            "source": annotation.source,
            "prediction": annotation.prediction_id,
        }
    return before


def _apply(verdict: Verdict, title: Title) -> None:
    if verdict.action == Action.FLAG:
        remove_annotation(title)
        set_state(title, TitleState.FLAGGED)
    elif verdict.action in READINGS:
        settle_title(
            title,
            spans=verdict.spans,
            source=AnnotationSource.REVIEWED,
            prediction=verdict.prediction,
            verdict=verdict,
        )


def _clamp(elapsed_ms: int | None) -> int | None:
    return None if elapsed_ms is None else max(0, min(elapsed_ms, ELAPSED_MAX_MS))
