"""The one undo of a step over many titles."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from annotator.domain.annotations import lock_titles, remove_annotations
from annotator.domain.audit import record
from annotator.enums import Action, AuditAction, BulkKind, QueueState, TitleState
from annotator.exceptions import InvalidBulkAction, NotAllowed
from annotator.models import Annotation, BulkAction, BulkTitle, QueueItem, Title, User, Verdict


@transaction.atomic
def undo_bulk_action(action_id: UUID, *, actor: User) -> int:
    """Takes a bulk action back, whichever lead did it: what it settled waits again, what it assigned goes back to whom it was assigned.

    Titles that somebody has decided or assigned since stay as they are. Returns how many were taken back. Twice is as once. Raises
    NotAllowed (not a lead) and InvalidBulkAction (code no_such_action).
    """
    if not actor.is_lead:
        raise NotAllowed(_("Only leads do this to many titles."))
    links = list(BulkTitle.objects.filter(action=action_id).select_related("verdict").order_by("title"))
    lock_titles([link.title_id for link in links])
    action = BulkAction.objects.select_for_update(no_key=True, of=("self",)).filter(pk=action_id).first()
    if action is None:
        raise InvalidBulkAction(_("There is nothing to take back."), code="no_such_action")
    if action.undone_at:
        return 0
    action.undone_at, action.undone_by = timezone.now(), actor
    action.save(update_fields=["undone_at", "undone_by"])
    record(AuditAction.BULK_UNDONE, actor=actor, subject=action, kind=action.kind)
    items = _lock_items(links)
    return _unaccept(action, links, items) if action.kind == BulkKind.ACCEPT else _unassign(action, links, items)


def _lock_items(links: Sequence[BulkTitle]) -> dict[int, QueueItem]:
    items = QueueItem.objects.select_for_update(of=("self",), no_key=True)
    return {item.title_id: item for item in items.filter(title__in=[link.title_id for link in links]).order_by("pk")}


def _unaccept(action: BulkAction, links: Sequence[BulkTitle], items: dict[int, QueueItem]) -> int:
    """As undo_verdict for each: a verdict that decides its title no longer is only marked as undone."""
    given = [link.verdict_id for link in links]
    undone = set(Verdict.objects.filter(undoes__in=given).values_list("undoes", flat=True))
    Verdict.objects.bulk_create(_undo(action, link.verdict) for link in links if link.verdict_id not in undone)
    deciding = Annotation.objects.filter(verdict__in=[pk for pk in given if pk not in undone])
    reopened = list(deciding.order_by("title").values_list("title", flat=True))
    remove_annotations(reopened)
    Title.objects.filter(pk__in=reopened).update(state=TitleState.WAITING)
    again = [items[title_id].pk for title_id in reopened]
    QueueItem.objects.filter(pk__in=again).update(state=QueueState.WAITING, done_at=None)
    return len(reopened)


def _undo(action: BulkAction, verdict: Verdict) -> Verdict:
    return Verdict(
        id=uuid5(action.pk, f"undo {verdict.title_id}"),
        title_id=verdict.title_id,
        reviewer=action.undone_by,
        action=Action.UNDO,
        undoes=verdict,
    )


def _unassign(action: BulkAction, links: Sequence[BulkTitle], items: dict[int, QueueItem]) -> int:
    """An item that was assigned again since is another's affair, and so is one that waits no longer."""
    changed = []
    for link in links:
        item = items.get(link.title_id)
        if item is None or item.state != QueueState.WAITING or not _stands(action, item):
            continue
        item.assigned_to_id = link.before["assigned_to"]
        item.assigned_at = link.before["assigned_at"] and parse_datetime(link.before["assigned_at"])
        item.entered_at = parse_datetime(link.before["entered_at"])
        changed.append(item)
    QueueItem.objects.bulk_update(changed, ["assigned_to", "assigned_at", "entered_at"])
    return len(changed)


def _stands(action: BulkAction, item: QueueItem) -> bool:
    if action.kind == BulkKind.RETURN and item.entered_at != action.created_at:
        return False
    expected = (action.assignee_id, action.created_at if action.assignee_id else None)
    return (item.assigned_to_id, item.assigned_at) == expected
