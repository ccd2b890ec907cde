"""Taking verdicts back: a reviewer's undo, and a lead's answer to a flag."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.annotations import Settlement, remove_annotation, reopen_item, restore_annotation
from annotator.domain.assignments import check_assignee
from annotator.domain.opinions import lock_item, pair_still_stands
from annotator.domain.verdicts import clean_comment, conflict, lock_title, set_state, standing_flag, store_once
from annotator.enums import Action, AnnotationSource, QueueReason, QueueState, TitleState
from annotator.exceptions import NotAllowed, NothingToUndo
from annotator.models import Annotation, Prediction, QueueItem, Title, User, Verdict


def undo_verdict(verdict_id: UUID, *, reviewer: User, undo_id: UUID) -> Verdict:
    """Takes back one of the reviewer's own verdicts, the last or an earlier one, and returns the undo, itself a verdict.

    If the verdict still decides its title, the reading that it replaced comes back, or the title waits again (lease_title lends it
    to the reviewer once more). Without one of its two opinions an agreed or disputed title waits for another; what a lead decided stays.
    A verdict that decides nothing any more is only marked as undone. The same `undo_id` again returns the
    stored undo. Raises NothingToUndo (no such verdict, or it is undone already), NotAllowed (somebody else's), VerdictConflict.
    """
    return store_once(undo_id, lambda: _undo(verdict_id, reviewer, undo_id))


@transaction.atomic
def send_back_flagged(
    title_id: int, *, lead: User, undo_id: UUID, comment: str = "", assignee: User | None = None
) -> Verdict:
    """A lead answers a flag: the title waits for review again, as if it had just come in, for everybody or first for `assignee`.

    Stored as the lead's undo of the flag, with the answer as its comment. The same `undo_id` again returns the stored undo. Raises
    NotAllowed (not a lead, or code not_flagged), TitleMissing and InvalidBulkAction (code unknown_assignee).
    """
    if not lead.is_lead:
        raise NotAllowed(_("Only a lead answers flags."))
    title = lock_title(title_id)
    if stored := Verdict.objects.filter(pk=undo_id, title=title, reviewer=lead).first():
        return stored
    flag = standing_flag(title)
    if flag is None:
        raise NotAllowed(_("This title is not flagged."), code="not_flagged")
    check_assignee(assignee)
    undo = _store_undo(flag, lead, undo_id, comment=clean_comment(comment))
    now = timezone.now()
    again = reopen_item(title, flag.prediction, reason=QueueReason.RETURNED, entered_at=now)
    QueueItem.objects.filter(title=title).update(assigned_to=assignee, assigned_at=now if assignee else None)
    set_state(title, TitleState.WAITING if again else TitleState.NEW)
    return undo


def _undo(verdict_id: UUID, reviewer: User, undo_id: UUID) -> Verdict:
    verdict = Verdict.objects.filter(pk=verdict_id).select_related("title").first()
    if verdict is None:
        raise NothingToUndo(_("There is no such verdict."))
    title = lock_title(verdict.title_id)
    if stored := Verdict.objects.filter(pk=undo_id).first():
        if (stored.undoes_id, stored.reviewer_id) != (verdict.pk, reviewer.pk):
            raise conflict()
        return stored
    if verdict.reviewer_id != reviewer.pk:
        raise NotAllowed(_("Only your own verdicts can be undone."))
    if verdict.action == Action.UNDO or _is_undone(verdict.pk):
        raise NothingToUndo(_("This verdict is undone already."))
    decided = _decides(verdict, title)
    undo = _store_undo(verdict, reviewer, undo_id)
    if decided:
        _restore(title, _state_before(verdict))
    _check_pair(title)
    return undo


def _check_pair(title: Title) -> None:
    """Without one of its two opinions a title that was agreed on, or is disputed, waits again; the other opinion stays."""
    item = lock_item(title)
    if item is None:
        return
    if item.state == QueueState.ADJUDICATION and not pair_still_stands(item):
        QueueItem.objects.filter(pk=item.pk).update(state=QueueState.WAITING)
    agreed = Annotation.objects.filter(title=title, source=AnnotationSource.AGREED).select_related("verdict").first()
    if agreed and agreed.verdict and not pair_still_stands(item):
        _restore(title, _state_before(agreed.verdict))


def _store_undo(verdict: Verdict, actor: User, undo_id: UUID, *, comment: str = "") -> Verdict:
    return Verdict.objects.create(
        id=undo_id, title_id=verdict.title_id, reviewer=actor, action=Action.UNDO, undoes=verdict, comment=comment
    )


def _is_undone(verdict_id: object) -> bool:
    return Verdict.objects.filter(undoes=verdict_id).exists()


def _decides(verdict: Verdict, title: Title) -> bool:
    """Whether the title is as it is because of this verdict."""
    if verdict.action == Action.FLAG:
        return standing_flag(title) == verdict
    return Annotation.objects.filter(title=title, verdict=verdict).exists()


def _state_before(verdict: Verdict) -> dict:
    """What to go back to: what the verdict replaced, unless that came from a verdict which is undone too."""
    before = verdict.before
    while before["by"] and _is_undone(before["by"]):
        earlier = Verdict.objects.get(pk=before["by"]).before
        queue = earlier.get("queue") or before.get("queue")
        before = earlier | {"queued": earlier["queued"] or before["queued"], "queue": queue}
    return before


def _restore(title: Title, before: dict) -> None:
    set_state(title, before["state"])
    if former := before["annotation"]:
        restore_annotation(
            Settlement(
                title,
                former["spans"],
                former["source"],
                prediction=Prediction.objects.filter(pk=former["prediction"]).first(),
                verdict=Verdict.objects.filter(pk=before["by"]).first(),
            )
        )
    else:
        remove_annotation(title)
    if before["queued"]:
        QueueItem.objects.filter(title=title).update(state=before.get("queue") or QueueState.WAITING, done_at=None)
