"""Titles that two people read differently: a lead sees both readings, without names, and settles each difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, QuerySet
from django.utils.translation import gettext as _

from annotator.domain.annotations import settle_title, settled_spans
from annotator.domain.audit import record
from annotator.domain.differences import Choice, Difference, combine, find_differences
from annotator.domain.opinions import (
    close_item,
    disputed_pair,
    lock_item,
    opinions_on_item,
    situation,
    standing_opinions,
)
from annotator.domain.team import is_only_lead
from annotator.domain.verdicts import conflict, lock_title, store_once
from annotator.enums import Action, AnnotationSource, AuditAction, QueueState
from annotator.exceptions import NotAllowed, NotDisputed
from annotator.models import Annotation, QueueItem, Title, User, Verdict


@dataclass(frozen=True)
class Dispute:
    """Two readings of a title. Which is left says nothing of who gave it or who was first."""

    title: Title
    left: Verdict
    right: Verdict

    @property
    def differences(self) -> list[Difference]:
        return find_differences(self.left.spans, self.right.spans)


@dataclass(frozen=True)
class Decided:
    """A decision that stands, and the opinions it was about: now their names are known."""

    verdict: Verdict
    opinions: list[Verdict]


def disputed_items(lead: User) -> QuerySet[QueueItem]:
    """What this lead may settle, oldest first: not where one of the opinions is their own, unless no other lead is active."""
    items = QueueItem.objects.filter(state=QueueState.ADJUDICATION).order_by("entered_at", "pk")
    if is_only_lead(lead):
        return items
    return items.filter(~Exists(opinions_on_item().filter(reviewer=lead)))


def next_dispute(lead: User) -> Dispute | None:
    """The oldest dispute that this lead may settle."""
    item = disputed_items(lead).select_related("title").first()
    pair = disputed_pair(item) if item else None
    return Dispute(item.title, *pair) if pair else None


def find_decided(verdict_id: UUID, *, lead: User) -> Decided | None:
    """This lead's decision, if it still settles its title."""
    settled = Annotation.objects.filter(verdict=verdict_id, verdict__reviewer=lead, source=AnnotationSource.ADJUDICATED)
    annotation = settled.select_related("verdict__title__queue_item").first()
    if annotation is None or annotation.verdict is None:
        return None
    opinions = standing_opinions(annotation.verdict.title.queue_item)
    return Decided(annotation.verdict, [opinion for opinion in opinions if opinion.pk != annotation.verdict_id])


def adjudicate_title(
    title_id: int, *, lead: User, verdict_id: UUID, opinions: tuple[UUID, UUID], choices: Sequence[Choice]
) -> Verdict:
    """Settles a disputed title as `adjudicated` with one choice for each difference, left to right; both opinions stay as they are.

    `opinions`: the left and the right verdict as they were shown. Stored as a verdict of the lead, which undo_verdict takes back: the
    title is disputed again. The same `verdict_id` again returns the stored verdict. Raises NotAllowed (no lead; code own_opinion) and
    NotDisputed: the title is not or no longer in dispute, its opinions changed (dispute_changed), not one choice for each
    (incomplete_choices).
    """
    if not lead.is_lead:
        raise NotAllowed(_("Only a lead settles differences."))
    return store_once(verdict_id, lambda: _adjudicate(title_id, lead, verdict_id, opinions, choices))


def _adjudicate(
    title_id: int, lead: User, verdict_id: UUID, opinions: tuple[UUID, UUID], choices: Sequence[Choice]
) -> Verdict:
    title = lock_title(title_id)
    if stored := Verdict.objects.filter(pk=verdict_id).first():
        if (stored.title_id, stored.reviewer_id) != (title.pk, lead.pk):
            raise conflict()
        return stored
    item = lock_item(title)
    left, right = _shown_pair(item, opinions)
    if lead.pk in {left.reviewer_id, right.reviewer_id} and not is_only_lead(lead):
        raise NotAllowed(_("One of the two readings is yours: another lead settles this one."), code="own_opinion")
    if len(choices) != len(find_differences(left.spans, right.spans)):
        raise NotDisputed(_("Choose one side of every difference."), code="incomplete_choices")
    spans = combine(left.spans, right.spans, choices)
    annotation = Annotation.objects.filter(title=title).first()
    verdict = Verdict.objects.create(
        id=verdict_id,
        title=title,
        reviewer=lead,
        action=_action(item, spans),
        spans=spans,
        prediction=item.prediction,
        before=situation(title, annotation, queue=item.state),
    )
    record(AuditAction.ADJUDICATED, actor=lead, subject=title)
    close_item(item)
    settle_title(title, spans=spans, source=AnnotationSource.ADJUDICATED, prediction=item.prediction, verdict=verdict)
    return verdict


def _shown_pair(item: QueueItem | None, opinions: tuple[UUID, UUID]) -> tuple[Verdict, Verdict]:
    pair = disputed_pair(item) if item and item.state == QueueState.ADJUDICATION else None
    if pair is None:
        raise NotDisputed(_("This title is not in dispute any more."))
    if (pair[0].pk, pair[1].pk) != tuple(opinions):
        raise NotDisputed(_("One of the readings has changed meanwhile. Look again."), code="dispute_changed")
    return pair


def _action(item: QueueItem, spans: list[dict]) -> Action:
    if not spans:
        return Action.NOTHING
    return Action.ACCEPT if spans == settled_spans(item.prediction.spans) else Action.CORRECT
