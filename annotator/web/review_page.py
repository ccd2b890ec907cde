"""What the review page shows and what its JavaScript starts with."""

import json
import logging
from collections.abc import Sequence
from contextvars import ContextVar
from itertools import pairwise
from uuid import UUID

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.signals import request_finished
from django.db import DatabaseError
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.domain.band_limits import current_limits
from annotator.domain.leasing import Card
from annotator.domain.queries.queue import worker_health
from annotator.domain.review_keys import review_keys
from annotator.enums import QueueState, TitleState
from annotator.models import QueueItem, Title, User
from annotator.templatetags.readings import share
from annotator.web.review_words import label_words, review_words
from ner_core.guidelines import load_rules

REFILL_BELOW = 10
HEARTBEAT_SECONDS = 60
ENDPOINTS = ("cards", "verdicts", "undo", "heartbeat", "release", "group", "propagate", "take_back", "links", "artists")
LEFT, COUNTED, MANY = "left", "counted", 10_000
KEEP_SECONDS, FORGET_SECONDS = 5, 300
SIZES = (("s", 36), ("m", 52), ("l", 72), ("xl", 150))

logger = logging.getLogger(__name__)
memory = LocMemCache("review-left", {"TIMEOUT": FORGET_SECONDS})
_is_due: ContextVar[bool] = ContextVar("review_count_is_due")


def page_config(*, reviewer: User, tab: UUID, first: dict) -> dict[str, object]:
    """The JSON that the page's JavaScript reads. `first` answers as the cards endpoint does."""
    return {
        "user": reviewer.pk,
        "tab": str(tab),
        "first": first,
        "keys": review_keys(reviewer),
        "strings": review_words(),
        "certain": current_limits().high,
        "rules": load_rules(),
        "prefetch": settings.LEASE_CARDS,
        "refill_below": min(REFILL_BELOW, settings.LEASE_CARDS),
        "heartbeat_seconds": min(HEARTBEAT_SECONDS, settings.LEASE_SECONDS / 3),
        "urls": {
            **{name: reverse(f"review_{name}") for name in ENDPOINTS},
            "search": reverse("titles"),
            "guidelines": reverse("guidelines"),
        },
    }


def cards_answer(cards: list[Card], *, in_hand: Sequence[int] = ()) -> dict[str, object]:
    """Cards as data, how many titles wait in all, and, where there is no card, why not. `in_hand`: titles this tab has already."""
    waiting = QueueItem.objects.filter(state=QueueState.WAITING)
    empty = "" if cards else empty_words(waiting.exclude(title__in=in_hand).count())
    return {"cards": [card_json(card) for card in cards], "left": _count_waiting(), "empty": empty}


def _count_waiting() -> int:
    """Of very many the number that the last request found: counting half a million takes as long as everything else of a request for
    cards, so it is done when this one is answered, at most every KEEP_SECONDS."""
    known = memory.get(LEFT)
    if known is None:
        return _count_afresh()
    if memory.add(COUNTED, True, KEEP_SECONDS):  # noqa: FBT003
        _is_due.set(True)
    return known


def _count_afresh() -> int:
    count = QueueItem.objects.filter(state=QueueState.WAITING).count()
    if count >= MANY:
        memory.set(LEFT, count)
    else:
        memory.delete(LEFT)
    return count


@receiver(request_finished)
def count_for_the_next(**_signal: object) -> None:
    """The answer is on its way: nobody waits for this."""
    if not _is_due.get(False):
        return
    _is_due.set(False)
    try:
        _count_afresh()
    except DatabaseError as error:
        logger.warning("The waiting titles could not be counted: %s", error)


def empty_words(elsewhere: int) -> str:
    """Why no title waits for this reviewer, and what to do about it. `elsewhere`: titles that wait, but not for them."""
    if elsewhere:
        message = ngettext(
            "The last %(count)d title is with another reviewer.",
            "The last %(count)d titles are with other reviewers.",
            elsewhere,
        )
        return message % {"count": elsewhere}
    untagged = Title.objects.filter(state=TitleState.NEW).count()
    if untagged:
        return _tagging_words(untagged) % {"count": untagged}
    return _("Every title is settled. Import more titles, and those the model is unsure of appear here by themselves.")


def _tagging_words(untagged: int) -> str:
    if worker_health().stuck:
        return ngettext(
            "%(count)d title waits to be read by the model, but no worker is running. “make run” starts one.",
            "%(count)d titles wait to be read by the model, but no worker is running. “make run” starts one.",
            untagged,
        )
    return ngettext(
        "%(count)d title is being read by the model. It appears here by itself if the model is unsure of it.",
        "%(count)d titles are being read by the model. Those it is unsure of appear here by themselves.",
        untagged,
    )


def card_json(card: Card) -> dict[str, object]:
    """A card as the browser holds it; offsets are code points."""
    return vars(card) | {"lease_expires_at": card.lease_expires_at.isoformat()}


def drawn_card(card: Card) -> dict[str, object]:
    """A card as the template draws it, before or without JavaScript."""
    return {
        "title_id": card.title_id,
        "prediction_id": card.prediction_id,
        "spans": json.dumps(card.spans) if card.proposed else "",
        "blind": card.blind,
        "size": size_of(card.text),
        "pieces": line_pieces(card.text, card.spans),
    }


def line_pieces(text: str, spans: list[dict]) -> list[dict[str, str]]:
    """The text cut at its spans: {"text"} or {"text", "label", "letter", "share"}."""
    words = label_words()
    at = {span["start"]: span for span in spans}
    cuts = sorted({0, len(text), *at, *(span["end"] for span in spans)})
    return [_piece(text[start:end], at.get(start), words) for start, end in pairwise(cuts)]


def _piece(text: str, span: dict | None, words: dict[str, dict[str, str]]) -> dict[str, str]:
    if span is None:
        return {"text": text}
    label = span["label"]
    return {"text": text, "label": label, "letter": words[label]["letter"], "share": share(span.get("score"))}


def size_of(text: str) -> str:
    """How large a title of this length is set; line.js says the same."""
    return next((size for size, most in SIZES if len(text) <= most), "xxl")
