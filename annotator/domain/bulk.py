"""Many titles in one step, by a lead, and the one undo of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotator.domain.annotations import Settlement, lock_titles, settle_titles, settled_spans
from annotator.domain.assignments import check_assignee
from annotator.domain.audit import record
from annotator.domain.bulk_choice import choose_for_accepting, choose_for_assigning
from annotator.domain.bulk_undo import undo_bulk_action
from annotator.domain.verdicts import clean_comment
from annotator.enums import Action, AnnotationSource, AuditAction, BulkKind, QueueState, TitleState
from annotator.exceptions import IdempotencyConflict, InvalidBulkAction, NotAllowed
from annotator.models import BulkAction, BulkTitle, QueueItem, User, Verdict

__all__ = ["BULK_MOST", "accept_titles", "assign_titles", "return_titles", "undo_bulk_action"]

BULK_MOST = 1000


@dataclass(frozen=True)
class _Request:
    """What a lead asked for, as the client sent it."""

    action_id: UUID
    kind: BulkKind
    actor: User
    title_ids: list[int]
    assignee: User | None = None
    comment: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


def assign_titles(
    action_id: UUID, *, title_ids: Iterable[int], actor: User, assignee: User | None, params: Mapping | None = None
) -> BulkAction:
    """Gives waiting titles to one person, who gets them first and, until their verdict, alone; None gives them back to everybody.

    At most BULK_MOST titles, all in one transaction. Left out and counted by reason in `skipped`: titles that do not wait
    (not_waiting), that somebody else has in hand (leased), that the assignee has read already (judged). The same id again returns the
    stored row and does nothing. Raises NotAllowed (not a lead), InvalidBulkAction, IdempotencyConflict (the id came with another request).
    """
    return _do(_Request(action_id, BulkKind.ASSIGN, actor, _ids(title_ids), assignee, params=params or {}))


def return_titles(
    action_id: UUID, *, title_ids: Iterable[int], actor: User, assignee: User | None = None, comment: str = ""
) -> BulkAction:
    """A lead's answer to skips: the titles come to everybody again, also to those who skipped them, or first to `assignee`.

    Otherwise as assign_titles.
    """
    request = _Request(action_id, BulkKind.RETURN, actor, _ids(title_ids), assignee, clean_comment(comment))
    return _do(request)


def accept_titles(
    action_id: UUID, *, title_ids: Iterable[int], actor: User, params: Mapping | None = None
) -> BulkAction:
    """Settles waiting titles with the model's reading, as `reviewed`, with a verdict of the lead on each.

    Left out and counted: titles that do not wait or are settled already, audits among them (not_waiting), that somebody else has in
    hand (leased), that somebody has given an opinion on (judged), that wait with a corrected reading (corrected) or are to be read
    without the model's help (blind). Otherwise as assign_titles.
    """
    return _do(_Request(action_id, BulkKind.ACCEPT, actor, _ids(title_ids), params=params or {}))


def _ids(title_ids: Iterable[int]) -> list[int]:
    return sorted(set(title_ids))


def _do(request: _Request) -> BulkAction:
    if not request.actor.is_lead:
        raise NotAllowed(_("Only leads do this to many titles."))
    if stored := BulkAction.objects.filter(pk=request.action_id).first():
        return _check_repeat(stored, request)
    _check(request)
    try:
        with transaction.atomic():
            return _do_once(request)
    except IntegrityError:  # the same id at this very moment, if it is there now
        stored = BulkAction.objects.filter(pk=request.action_id).first()
        if stored is None:
            raise
        return _check_repeat(stored, request)


def _check(request: _Request) -> None:
    if not request.title_ids:
        raise InvalidBulkAction(_("Choose at least one title."), code="nothing_chosen", field="titles")
    if len(request.title_ids) > BULK_MOST:
        message = _("At most %(limit)d titles in one step.") % {"limit": BULK_MOST}
        raise InvalidBulkAction(message, code="too_many", field="titles")
    check_assignee(request.assignee)


def _check_repeat(stored: BulkAction, request: _Request) -> BulkAction:
    assignee = request.assignee.pk if request.assignee else None
    if (stored.kind, stored.actor_id, stored.assignee_id) != (request.kind, request.actor.pk, assignee):
        raise IdempotencyConflict(_("This id belongs to another step."), field="id")
    return stored


def _do_once(request: _Request) -> BulkAction:
    titles = lock_titles(request.title_ids)
    if request.kind == BulkKind.ACCEPT:
        choice = choose_for_accepting(request.title_ids, titles, actor=request.actor)
    else:
        choice = choose_for_assigning(request.title_ids, assignee=request.assignee)
    action = BulkAction.objects.create(
        pk=request.action_id,
        kind=request.kind,
        actor=request.actor,
        assignee=request.assignee,
        comment=request.comment,
        params=dict(request.params),
        count=len(choice.items),
        skipped=choice.skipped,
    )
    told = {"kind": request.kind, "count": len(choice.items), "comment": request.comment}
    record(AuditAction.BULK_DONE, actor=request.actor, subject=action, **told)
    if request.kind == BulkKind.ACCEPT:
        _accept(action, choice.items)
    else:
        _assign(action, choice.items)
    return action


def _accept(action: BulkAction, items: Sequence[QueueItem]) -> None:
    verdicts = [_verdict(action, item) for item in items]
    Verdict.objects.bulk_create(verdicts)
    BulkTitle.objects.bulk_create(
        BulkTitle(action=action, title_id=verdict.title_id, verdict=verdict) for verdict in verdicts
    )
    settle_titles(
        Settlement(item.title, verdict.spans, AnnotationSource.REVIEWED, item.prediction, verdict)
        for item, verdict in zip(items, verdicts, strict=True)
    )


def _verdict(action: BulkAction, item: QueueItem) -> Verdict:
    queue = QueueState.WAITING
    return Verdict(
        id=uuid5(action.pk, str(item.title_id)),
        title=item.title,
        reviewer=action.actor,
        action=Action.ACCEPT,
        spans=settled_spans(item.prediction.spans),
        prediction=item.prediction,
        before={"state": TitleState.WAITING, "queued": True, "queue": queue, "by": None, "annotation": None},
    )


def _assign(action: BulkAction, items: Sequence[QueueItem]) -> None:
    BulkTitle.objects.bulk_create(
        BulkTitle(action=action, title_id=item.title_id, before=_place(item)) for item in items
    )
    changes = {"assigned_to": action.assignee, "assigned_at": action.created_at if action.assignee else None}
    if action.kind == BulkKind.RETURN:
        changes["entered_at"] = action.created_at
    QueueItem.objects.filter(pk__in=[item.pk for item in items]).update(**changes)


def _place(item: QueueItem) -> dict:
    assigned_at = item.assigned_at.isoformat() if item.assigned_at else None
    return {
        "assigned_to": item.assigned_to_id,
        "assigned_at": assigned_at,
        "entered_at": item.entered_at.isoformat(),
    }
