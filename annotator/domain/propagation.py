"""A correction carried over to other waiting titles, and taken back. Which titles: annotator.domain.groups."""

import random
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.annotations import Settlement, lock_titles, remove_annotations, settle_titles
from annotator.domain.groups import Candidate, Group, basis_of, find_group, lock_candidates, own_verdict
from annotator.domain.verdicts import conflict
from annotator.enums import AnnotationSource, QueueReason, QueueState, TitleState
from annotator.exceptions import NotAllowed, NothingToUndo
from annotator.models import Annotation, PropagatedTitle, Propagation, QueueItem, Title, User, Verdict

__all__ = ["Candidate", "Group", "find_group", "propagate_correction", "undo_propagation"]


def propagate_correction(
    propagation_id: UUID, *, verdict_id: UUID, title_ids: Iterable[int], actor: User
) -> Propagation:
    """Carries the correction over to these titles, all in one transaction.

    A title is settled as `propagated` if the model is sure of the rest of it (see docs/review.md); otherwise it keeps waiting, with
    the corrected reading as its proposal. A random PROPAGATION_AUDIT_SHARE of the settled ones stays in the queue as audit. Skipped
    and counted: titles that are no longer in the group (settled, taken or judged meanwhile). The same id again returns the stored
    row and does nothing. Raises VerdictConflict if the id came with another verdict, and what find_group raises.
    """
    with transaction.atomic():
        wanted = sorted(set(title_ids))
        verdict = own_verdict(verdict_id, actor)
        lock_titles([verdict.title_id, *wanted])
        if stored := Propagation.objects.filter(pk=propagation_id).first():
            return _check_repeat(stored, verdict)
        basis = basis_of(verdict_id, actor)
        candidates = lock_candidates(basis, wanted, actor)
        propagation = Propagation.objects.create(
            pk=propagation_id,
            verdict=verdict,
            actor=actor,
            changes=[change.to_dict() for change in basis.changes],
            skipped=len(wanted) - len(candidates),
        )
        _carry(propagation, candidates)
        return propagation


def undo_propagation(propagation_id: UUID, *, actor: User) -> int:
    """Takes a propagation back in one step: what it settled waits again, with the readings and reasons of before.

    Titles that a person has decided since, or that another propagation changed, stay as they are. Returns how many were taken back.
    Twice is the same as once. Raises NothingToUndo (no such propagation) and NotAllowed (somebody else's).
    """
    with transaction.atomic():
        propagation = Propagation.objects.select_for_update(no_key=True).filter(pk=propagation_id).first()
        if propagation is None:
            raise NothingToUndo(_("There is nothing to take back."))
        if propagation.actor_id != actor.pk:
            raise NotAllowed(_("Only your own verdicts can be undone."))
        if propagation.undone_at:
            return 0
        propagation.undone_at = timezone.now()
        propagation.save(update_fields=["undone_at"])
        return _take_back(propagation)


def _check_repeat(stored: Propagation, verdict: Verdict) -> Propagation:
    if stored.verdict_id != verdict.pk:
        raise conflict()
    return stored


def _carry(propagation: Propagation, candidates: Sequence[Candidate]) -> None:
    audited = {
        candidate.item.pk
        for candidate in candidates
        if candidate.settles and random.random() < settings.PROPAGATION_AUDIT_SHARE  # noqa: S311
    }
    PropagatedTitle.objects.bulk_create([_link(propagation, candidate, audited) for candidate in candidates])
    settle_titles(
        Settlement(candidate.item.title, candidate.after, AnnotationSource.PROPAGATED, candidate.item.prediction)
        for candidate in candidates
        if candidate.settles
    )
    for candidate in candidates:
        candidate.item.proposal = candidate.after
    QueueItem.objects.bulk_update([candidate.item for candidate in candidates], ["proposal"])
    QueueItem.objects.filter(pk__in=audited).update(
        state=QueueState.WAITING,
        done_at=None,
        reason=QueueReason.AUDIT,
        sampling_probability=settings.PROPAGATION_AUDIT_SHARE or 1.0,
    )


def _link(propagation: Propagation, candidate: Candidate, audited: set[int]) -> PropagatedTitle:
    item = candidate.item
    before = {
        "proposal": item.proposal,
        "reason": item.reason,
        "sampling_probability": item.sampling_probability,
    }
    return PropagatedTitle(
        propagation=propagation,
        title=item.title,
        spans=candidate.after,
        settled=candidate.settles,
        audited=item.pk in audited,
        before=before,
    )


def _take_back(propagation: Propagation) -> int:
    links = list(propagation.titles.order_by("title"))
    lock_titles([link.title_id for link in links])
    items = _locked_items(links)
    later = PropagatedTitle.objects.filter(
        title__in=items, propagation__undone_at__isnull=True, pk__gt=max((link.pk for link in links), default=0)
    )
    changed_again = set(later.values_list("title", flat=True))
    sources = dict(Annotation.objects.filter(title__in=items).values_list("title_id", "source"))
    mine = [link for link in links if link.title_id not in changed_again and _stands(link, items, sources)]
    _reopen([link.title_id for link in mine if link.settled])
    for link in mine:
        item = items[link.title_id]
        item.state, item.done_at = QueueState.WAITING, None
        for name, value in link.before.items():
            setattr(item, name, value)
    changed = [items[link.title_id] for link in mine]
    QueueItem.objects.bulk_update(changed, ["state", "done_at", "proposal", "reason", "sampling_probability"])
    return len(mine)


def _locked_items(links: Sequence[PropagatedTitle]) -> dict[int, QueueItem]:
    items = QueueItem.objects.select_for_update(of=("self",), no_key=True)
    return {item.title_id: item for item in items.filter(title__in=[link.title_id for link in links]).order_by("pk")}


def _stands(link: PropagatedTitle, items: dict[int, QueueItem], sources: dict[int, str]) -> bool:
    """Whether the title is still as the propagation left it."""
    if link.title_id not in items:
        return False
    if link.settled:
        return sources.get(link.title_id) == AnnotationSource.PROPAGATED
    return link.title_id not in sources and items[link.title_id].state == QueueState.WAITING


def _reopen(title_ids: Sequence[int]) -> None:
    remove_annotations(title_ids)
    Title.objects.filter(pk__in=title_ids).update(state=TitleState.WAITING)
