"""The review page, and the JSON that its JavaScript sends and gets. See docs/review.md for the protocol."""

import re
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotator.domain.leasing import Card, lease_cards, lease_title, release_leases, renew_leases
from annotator.domain.review import record_verdict, undo_verdict
from annotator.enums import Action
from annotator.exceptions import LeaseLost, LineupDeskError
from annotator.models import Title, User, Verdict
from annotator.web.access import reviewer_required
from annotator.web.http import DeskRequest
from annotator.web.json_views import Payload, answer_item, json_view
from annotator.web.review_page import cards_answer, drawn_card, page_config
from annotator.web.review_payloads import (
    CardsPayload,
    FormPayload,
    RenewalPayload,
    TabPayload,
    UndoPayload,
    VerdictPayload,
    check,
    check_list,
)
from annotator.web.review_words import label_words

# Set by the page that is being left or reloaded, for a few seconds: its cards go to the page that replaces it.
FROM_COOKIE = "review_from"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reviewer_required
def review(request: DeskRequest) -> HttpResponse:
    """The first card drawn, the others as data. POST is the form of a browser without JavaScript."""
    if request.method == "POST":
        return _decide_by_form(request)
    _release_former_tab(request, request.COOKIES.get(FROM_COOKIE))
    tab = uuid4()
    cards = _first_cards(request, tab)
    first = cards_answer(cards)
    context = {
        "card": drawn_card(cards[0]) if cards else None,
        "ahead": [card.text for card in cards[1:3]],
        "left": first["left"],
        "empty": first["empty"],
        "labels": label_words(),
        "tab": tab,
        "form_verdict_id": uuid4(),
        "config": page_config(reviewer=request.user, tab=tab, first=first),
    }
    return render(request, "review/page.html", context)


def _first_cards(request: DeskRequest, tab: UUID) -> list[Card]:
    """The title that the address names comes first, if it waits and nobody else holds it."""
    wanted = request.GET.get("title", "")
    title = Title.objects.filter(pk=int(wanted)).first() if re.fullmatch(r"[0-9]{1,18}", wanted) else None
    if title is None:
        return lease_cards(reviewer=request.user, tab=tab)
    try:
        first = lease_title(title, reviewer=request.user, tab=tab)
    except LeaseLost as error:
        messages.error(request, error.message)
        return lease_cards(reviewer=request.user, tab=tab)
    others = lease_cards(reviewer=request.user, tab=tab, count=settings.LEASE_CARDS - 1, exclude=[title.pk])
    return [first, *others]


def _decide_by_form(request: DeskRequest) -> HttpResponse:
    try:
        sent = check(FormPayload, request.POST.dict())
        release_leases(reviewer=request.user, tab=sent.pop("tab"))
        record_verdict(reviewer=request.user, verdict_id=sent.pop("id"), **_as_drawn(**sent))
    except LineupDeskError as error:
        messages.error(request, error.message)
    return redirect("review")


def _as_drawn(*, action: str, spans: list[dict] | None, **sent: object) -> dict:
    """Accepting a carried-over correction is a correction of what the model read."""
    if action == Action.ACCEPT and spans is not None:
        return sent | ({"action": Action.CORRECT, "spans": spans} if spans else {"action": Action.NOTHING})
    return sent | {"action": action}


def _release_former_tab(request: DeskRequest, tab: str | None) -> None:
    try:
        former = UUID(tab or "")
    except ValueError:
        return
    release_leases(reviewer=request.user, tab=former)


@json_view
def cards(request: DeskRequest, payload: Payload) -> dict:
    """More cards for a tab: {"cards", "left", "empty"}."""
    wanted = check(CardsPayload, payload)
    return cards_answer(lease_cards(reviewer=request.user, **wanted), in_hand=wanted["exclude"])


@json_view
def verdicts(request: DeskRequest, payload: Payload) -> dict:
    """Verdicts in the order they were made; each is answered on its own, so that a bad one holds back no other."""
    return {"results": [answer_item(item, _record, request.user) for item in check_list(payload, "verdicts")]}


@json_view
def undo(request: DeskRequest, payload: Payload) -> dict:
    """Undoes verdicts and lends their titles to this tab again: {"results": [{"id", "ok", "lost"}]}."""
    tab = check(TabPayload, payload)["tab"]
    return {"results": [answer_item(item, _undo, request.user, tab) for item in check_list(payload, "undos")]}


@json_view
def heartbeat(request: DeskRequest, payload: Payload) -> dict:
    """Renews the tab's leases; "lost" are those of its titles that it holds no longer."""
    sent = check(RenewalPayload, payload)
    held = renew_leases(reviewer=request.user, tab=sent["tab"])
    return {"lost": sorted(set(sent["title_ids"]) - set(held))}


@json_view
def release(request: DeskRequest, payload: Payload) -> dict:
    """The tab closes: its titles go back to the queue."""
    return {"released": release_leases(reviewer=request.user, **check(TabPayload, payload))}


def _record(item: object, reviewer: User) -> dict:
    sent = check(VerdictPayload, item)
    verdict = record_verdict(reviewer=reviewer, verdict_id=sent.pop("id"), **sent)
    return {"late": verdict.late}


def _undo(item: object, reviewer: User, tab: UUID) -> dict:
    sent = check(UndoPayload, item)
    undone = undo_verdict(sent["verdict_id"], reviewer=reviewer, undo_id=sent["id"])
    return {"lost": not _lend_again(undone, reviewer, tab)}


def _lend_again(undone: Verdict, reviewer: User, tab: UUID) -> bool:
    try:
        lease_title(undone.title, reviewer=reviewer, tab=tab)
    except LeaseLost:
        return False
    return True
