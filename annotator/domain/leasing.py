"""Cards on loan: which titles a reviewer has in hand, so that no two people read the same one by accident."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.assignments import meant_for, open_to
from annotator.domain.live_leases import is_live, live_leases
from annotator.domain.queue_order import keep_runs_together
from annotator.domain.sharpening import sharpen_predictions
from annotator.enums import Action, QueueState
from annotator.exceptions import LeaseLost, NotAllowed
from annotator.models import Lease, QueueItem, Title, User, Verdict
from ner_core.spans import span_to_dict
from ner_core.tagger import Reading
from ner_core.text import Token, tokens

_ROUNDS = 3


@dataclass(frozen=True)
class Card:
    """What a reviewer sees of one title. It does not say why the title is in the queue: an audit must not be recognised.

    `blind`: the reading and its confidence are kept back, to learn what people find by themselves.
    `proposed`: the spans are not the model's, but a correction that was carried over; the model's reading is the first alternative.
    """

    title_id: int
    text: str
    prediction_id: int
    model_version: str
    spans: list[dict]
    alternatives: list[dict]
    confidence: float | None
    tokens: list[Token]
    lease_expires_at: datetime
    proposed: bool = False
    blind: bool = False


@transaction.atomic
def lease_cards(*, reviewer: User, tab: UUID, count: int | None = None, exclude: Iterable[int] = ()) -> list[Card]:
    """Lends up to `count` waiting titles (at most, and by default, LEASE_CARDS) to this tab, lowest rank first, runs of a kind together.

    `exclude` names the titles that the tab has in hand; without it a reloaded tab gets its own cards again. Left out: titles lent to
    anybody else or to another tab of the same reviewer, and titles this reviewer gave a verdict on since they entered the queue. Those
    that the reviewer skipped come back when nothing else is left. Titles assigned to the reviewer come first, those assigned to
    somebody else not at all. Two callers at once never get the same title.
    """
    count = settings.LEASE_CARDS if count is None else min(count, settings.LEASE_CARDS)
    waiting = QueueItem.objects.filter(state=QueueState.WAITING).exclude(title__in=list(exclude))
    waiting = open_to(reviewer, waiting)
    claimed = []
    # For most there is nothing: to ask is a tenth of the work of claiming it.
    if waiting.filter(assigned_to=reviewer).exists():
        claimed = _claim(meant_for(reviewer, waiting), reviewer=reviewer, tab=tab, count=count)
    for undecided in ([Action.UNDO], [Action.UNDO, Action.SKIP]):
        others = waiting.filter(~Exists(_own_verdicts(reviewer, besides=undecided)))
        others = others.exclude(pk__in=[item.pk for item in claimed]) if claimed else others
        more = _claim(others, reviewer=reviewer, tab=tab, count=count - len(claimed))
        if claimed or more:
            return _lend([*claimed, *keep_runs_together(more)], reviewer=reviewer, tab=tab)
    return []


@transaction.atomic
def lease_title(title: Title, *, reviewer: User, tab: UUID) -> Card:
    """Lends this one title, also after a verdict of the reviewer or from another tab of theirs.

    Raises LeaseLost if it does not wait (code not_waiting) or somebody else holds it (code lease_lost).
    """
    item = _waiting_item(title)
    if live_leases().filter(item=item).exclude(reviewer=reviewer).exists():
        raise LeaseLost(_("Somebody else is reading this title."))
    return _lend([item], reviewer=reviewer, tab=tab)[0]


@transaction.atomic
def take_over_lease(title: Title, *, lead: User, tab: UUID) -> Card:
    """A lead takes a title, whoever holds it. The other learns of it at the next heartbeat; what they send all the same is kept as a
    second opinion. Of two leads at once the later one has it; twice is as once.

    Raises NotAllowed (not a lead) and LeaseLost (code not_waiting).
    """
    if not lead.is_lead:
        raise NotAllowed(_("Only a lead takes titles over."))
    item = _waiting_item(title)
    Lease.objects.filter(item=item).exclude(reviewer=lead).delete()
    return _lend([item], reviewer=lead, tab=tab)[0]


def holding_lease(title: Title) -> Lease | None:
    """The live lease on a title that waits, with its reviewer."""
    leases = live_leases().filter(item__title=title, item__state=QueueState.WAITING)
    return leases.select_related("reviewer").order_by("-expires_at").first()


@transaction.atomic
def renew_leases(*, reviewer: User, tab: UUID, title_ids: Sequence[int] | None = None) -> list[int]:
    """The heartbeat: the tab's live leases, all or these, run for LEASE_SECONDS more. Returns the titles it still holds.

    A lease that ran out is not revived, even if nobody took the title yet: the title may be on its way to somebody else.
    """
    mine = _leases_of(reviewer, tab, title_ids)
    titles = {item.pk: item.title_id for item in _lock_items(mine) if item.state == QueueState.WAITING}
    live = mine.filter(item__in=titles, expires_at__gt=timezone.now())
    live.update(expires_at=_next_expiry())
    return [titles[item] for item in live.values_list("item", flat=True)]


@transaction.atomic
def release_leases(*, reviewer: User, tab: UUID, title_ids: Sequence[int] | None = None) -> int:
    """Gives the tab's titles back, all of them or these; returns how many it held. Safe to repeat."""
    leases = _leases_of(reviewer, tab, title_ids)
    return leases.filter(item__in=_lock_items(leases)).delete()[0]


def _waiting_item(title: Title) -> QueueItem:
    item = _locked(QueueItem.objects.filter(title=title, state=QueueState.WAITING), skip_locked=False).first()
    if item is None:
        raise LeaseLost(_("This title is not waiting for review."), code="not_waiting")
    return item


def _leases_of(reviewer: User, tab: UUID, title_ids: Sequence[int] | None) -> QuerySet[Lease]:
    leases = Lease.objects.filter(reviewer=reviewer, tab=tab)
    return leases if title_ids is None else leases.filter(item__title__in=title_ids)


def _lock_items(leases: QuerySet[Lease]) -> list[QueueItem]:
    """Whoever changes leases holds their queue items first, in the order of ids: so nobody waits in a circle."""
    items = QueueItem.objects.select_for_update(of=("self",), no_key=True)
    return list(items.filter(pk__in=leases.values("item")).order_by("pk"))


def _own_verdicts(reviewer: User, *, besides: Sequence[Action]) -> QuerySet[Verdict]:
    """This reviewer's verdicts, not taken back, on the title of the outer queue item since it entered the queue, without some actions."""
    return Verdict.objects.filter(
        title=OuterRef("title"), reviewer=reviewer, created_at__gte=OuterRef("entered_at"), undone_by__isnull=True
    ).exclude(action__in=besides)


def _claim(items: QuerySet[QueueItem], *, reviewer: User, tab: UUID, count: int) -> list[QueueItem]:
    """Locks free items. PostgreSQL locks a row it read before another's lease was stored, so leases are read again under the lock."""
    for _round in range(_ROUNDS):
        others = _live_leases_of_others(reviewer, tab)
        free = items.filter(~Exists(others.filter(item=OuterRef("pk"))))
        locked = list(_locked(free.order_by("rank", "pk"))[:count])
        taken = set(others.filter(item__in=locked).values_list("item", flat=True))
        claimed = [item for item in locked if item.pk not in taken]
        if claimed or not locked:
            return claimed
    return []


def _live_leases_of_others(reviewer: User, tab: UUID) -> QuerySet[Lease]:
    return live_leases().exclude(reviewer=reviewer, tab=tab)


def _locked(items: QuerySet[QueueItem], *, skip_locked: bool = True) -> QuerySet[QueueItem]:
    """Held until the transaction ends; those that another transaction holds are passed over. SQLite holds the whole database."""
    locked = items.select_for_update(skip_locked=skip_locked, of=("self",), no_key=True)
    return locked.select_related("title", "prediction__model_version")


def _lend(items: Sequence[QueueItem], *, reviewer: User, tab: UUID) -> list[Card]:
    expires_at = _next_expiry()
    Lease.objects.filter(~is_live(), item__in=items).delete()
    Lease.objects.bulk_create(
        [Lease(item=item, reviewer=reviewer, tab=tab, expires_at=expires_at) for item in items],
        update_conflicts=True,
        unique_fields=["item", "reviewer"],
        update_fields=["tab", "expires_at"],
    )
    readings = _readings([item for item in items if not item.blind])
    return [_card(item, expires_at, readings.get(item.pk) or _hidden_reading()) for item in items]


def _next_expiry() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def _card(item: QueueItem, expires_at: datetime, reading: dict) -> Card:
    prediction = item.prediction
    return Card(
        title_id=item.title_id,
        text=item.title.text,
        prediction_id=prediction.pk,
        model_version=prediction.model_version.name,
        tokens=tokens(item.title.text),
        lease_expires_at=expires_at,
        blind=item.blind,
        **reading,
    )


def _readings(items: Sequence[QueueItem]) -> dict[int, dict]:
    """What is drawn of each item: the model's reading in the light of the artist table, or a correction that was carried over."""
    for item in items:
        item.prediction.title = item.title
    sharpened = sharpen_predictions([item.prediction for item in items])
    return {item.pk: _drawn(item, reading) for item, reading in zip(items, sharpened, strict=True)}


def _drawn(item: QueueItem, reading: Reading) -> dict:
    """Drawn but not the model's best are a correction carried over, and a reading that the artist table put first."""
    prediction = item.prediction
    best, *others = [_as_json(one) for one in (reading, *reading.alternatives)]
    if item.proposal is not None:
        spans, others = item.proposal, [best, *others]
    else:
        spans = best["spans"]
    proposed = item.proposal is not None or _triples(spans) != _triples(prediction.spans)
    return {
        "spans": spans,
        "alternatives": others[: settings.N_BEST - 1],
        "confidence": best["confidence"],
        "proposed": proposed,
    }


def _as_json(reading: Reading) -> dict:
    return {"spans": [span_to_dict(span) for span in reading.spans], "confidence": reading.confidence}


def _triples(spans: Sequence[dict]) -> list[tuple]:
    return [(span["start"], span["end"], span["label"]) for span in spans]


def _hidden_reading() -> dict:
    return {"spans": [], "alternatives": [], "confidence": None}
