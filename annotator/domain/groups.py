"""The group of a correction: the other waiting titles in which the model made the same mistake."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from annotator.domain.assignments import open_to
from annotator.domain.band_limits import Limits, current_limits
from annotator.domain.changes import Carried, SpanChange, carry_over, find_changes
from annotator.domain.live_leases import live_leases
from annotator.domain.opinions import opinions_on_item
from annotator.domain.surfaces import settled_labels, surface_key, surface_of
from annotator.domain.team import has_partner
from annotator.enums import AnnotationSource, QueueReason, QueueState
from annotator.exceptions import NotAllowed, NothingToPropagate
from annotator.models import Annotation, QueuedSurface, QueueItem, Title, User, Verdict

GROUP_MOST = 200
NOT_WAITING = [state for state in QueueState if state != QueueState.WAITING]
AGREED_SOURCES = (AnnotationSource.AGREED, AnnotationSource.ADJUDICATED)


@dataclass(frozen=True)
class Doubt:
    """A surface that is settled with several labels: the group is listed, but nothing of it is ticked."""

    surface: str
    labels: dict[str, int]


@dataclass(frozen=True)
class Candidate:
    """A waiting title and its reading before and after. `settles`: the model is sure of all that the change leaves alone."""

    item: QueueItem
    before: list[dict]
    after: list[dict]
    doubts: tuple[Doubt, ...]
    settles: bool


@dataclass(frozen=True)
class Group:
    """`busy`: titles with the same mention that are left out: somebody has them in hand, by lease or by name, or has given an opinion on
    them; they are shown blind; or they need more opinions than the correction rests on. `more`: there are more than GROUP_MOST."""

    candidates: list[Candidate]
    busy: int
    more: bool


@dataclass(frozen=True)
class Basis:
    """The correction that is carried over, as it stands now."""

    verdict: Verdict
    title: Title
    changes: list[SpanChange]
    opinions: int
    limits: Limits
    doubts: dict[SpanChange, Doubt]


def find_group(verdict_id: UUID, *, actor: User) -> Group:
    """The waiting titles in which the model read the same mention with the same label as it did where this verdict corrected it.

    Found by key, so that the number of waiting titles does not matter; constant query count. Changes nothing. An empty group if the
    verdict changed no mention that can be found elsewhere. Raises NothingToPropagate (no such verdict, or it does not decide its
    title) and NotAllowed (somebody else's).
    """
    basis = basis_of(verdict_id, actor)
    if not basis.changes:
        return Group([], busy=0, more=False)
    same = same_mention(basis)
    free = _free(same, basis, actor)
    items = list(free.select_related("title", "prediction").order_by("pk")[: GROUP_MOST + 1])
    candidates = [found for item in items[:GROUP_MOST] if (found := _candidate(item, basis))]
    return Group(candidates, busy=same.count() - free.count(), more=len(items) > GROUP_MOST)


def lock_candidates(basis: Basis, title_ids: Sequence[int], actor: User) -> list[Candidate]:
    """Those of the titles that are still in the group, held until the transaction ends. The caller holds the titles. Items come first:
    whoever lends a title out holds its item, so leases are read as they are."""
    if not basis.changes:
        return []
    held = QueueItem.objects.select_for_update(of=("self",), no_key=True).filter(title__in=title_ids).order_by("pk")
    free = _free(same_mention(basis).filter(pk__in=[item.pk for item in held]), basis, actor)
    items = free.select_related("title", "prediction").order_by("pk")
    return [found for item in items if (found := _candidate(item, basis))]


def own_verdict(verdict_id: UUID, actor: User) -> Verdict:
    verdict = Verdict.objects.filter(pk=verdict_id).select_related("title", "prediction").first()
    if verdict is None:
        raise NothingToPropagate(_("There is no such verdict."))
    if verdict.reviewer_id != actor.pk:
        raise NotAllowed(_("Only your own corrections can be carried over."))
    return verdict


def basis_of(verdict_id: UUID, actor: User) -> Basis:
    verdict = own_verdict(verdict_id, actor)
    title = verdict.title
    annotation = Annotation.objects.filter(title=title, verdict=verdict).first()
    if annotation is None:
        raise NothingToPropagate(_("The title is not settled by this verdict."))
    predicted = verdict.prediction.spans if verdict.prediction else []
    changes = find_changes(title.text, predicted, annotation.spans)
    is_shared = annotation.source in AGREED_SOURCES or not (settings.SECOND_OPINION and has_partner(actor))
    return Basis(verdict, title, changes, 2 if is_shared else 1, current_limits(), _doubts(title, changes))


def _doubts(title: Title, changes: Sequence[SpanChange]) -> dict[SpanChange, Doubt]:
    """The guard: words that are settled elsewhere in another way than this correction has them."""
    elsewhere = settled_labels([change.key for change in changes], besides=title)
    return {
        change: Doubt(change.surface, dict(labels))
        for change in changes
        if (labels := elsewhere.get(change.key)) and set(labels) != _labels_here(change)
    }


def _labels_here(change: SpanChange) -> set[str]:
    return {label for surface, label in change.after if surface_key(surface) == change.key}


def same_mention(basis: Basis) -> QuerySet[QueueItem]:
    """Waiting titles without a settled reading in which the model read one of these mentions.

    Named by the states that they are not in: asked for those that wait, SQLite walks through all of them, however few have the mention.
    """
    mentions = Q()
    for change in basis.changes:
        mentions |= Q(key=change.key, label=change.label)
    titles = QueuedSurface.objects.filter(mentions).values("title")
    settled = Annotation.objects.filter(title=OuterRef("title"))
    waiting = QueueItem.objects.filter(title__in=titles).exclude(state__in=NOT_WAITING).exclude(title=basis.title)
    return waiting.filter(~Exists(settled))


def _free(items: QuerySet[QueueItem], basis: Basis, actor: User) -> QuerySet[QueueItem]:
    leases = live_leases().filter(item=OuterRef("pk")).exclude(reviewer=actor)
    allowed = open_to(actor, items).filter(blind=False, opinions_needed__lte=basis.opinions)
    return allowed.filter(~Exists(leases), ~Exists(opinions_on_item()))


def _candidate(item: QueueItem, basis: Basis) -> Candidate | None:
    before = item.prediction.spans if item.proposal is None else item.proposal
    text = item.title.text
    carried = carry_over(basis.changes, text, before)
    if carried is None:
        return None
    touched = [(surface_of(text, span), span["label"]) for span in carried.replaced]
    doubts = [doubt for change, doubt in basis.doubts.items() if any(change.matches(*mention) for mention in touched)]
    return Candidate(item, list(before), carried.spans, tuple(doubts), _settles(item, carried, basis))


def _settles(item: QueueItem, carried: Carried, basis: Basis) -> bool:
    """Not what a person sent back to people, and not what the model was so sure of that one person's word is not enough. Then the
    rest must be sure: every other span at or above its high limit, and so is what is left of the confidence without the replaced
    spans, P(all right) / P(they are right), which also counts the words outside. Spans without a score are a person's own."""
    if item.reason == QueueReason.RETURNED:
        return False
    scores = [span.get("score", 1.0) for span in carried.replaced]
    if basis.opinions < 2 and max(scores) >= settings.SECOND_LOOK_SCORE:
        return False
    limits = basis.limits
    sure = all(
        span.get("score", 1.0) >= max(limits.high, limits.per_label.get(span["label"], 0.0)) for span in carried.kept
    )
    return sure and item.prediction.confidence >= limits.high * min(scores)
