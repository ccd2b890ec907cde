"""Leads do one thing to many titles, take it back, and answer what reviewers keep skipping."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotator.domain.assignments import assignable_people
from annotator.domain.bulk import BULK_MOST, accept_titles, assign_titles, return_titles, undo_bulk_action
from annotator.domain.queries.bulk import bulk_actions
from annotator.domain.queries.search import search_titles
from annotator.domain.queries.skips import skipped_titles
from annotator.enums import BulkKind, QueueState, TitleState
from annotator.exceptions import LineupDeskError
from annotator.models import BulkAction, User
from annotator.web.access import lead_required
from annotator.web.bulk_words import outcome_words
from annotator.web.http import DeskRequest
from annotator.web.paging import keyset_page
from annotator.web.title_forms import AnswerForm, BulkForm, TitleSearchForm
from annotator.web.views.titles import drawn_title


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def bulk(request: DeskRequest) -> HttpResponse:
    """What was done lately; POST does one step more."""
    if request.method == "POST":
        return _do_step(request)
    page = keyset_page(bulk_actions(), ["-created_at", "-pk"], request.GET)
    rows = [{"action": row, "words": outcome_words(row)} for row in page.rows]
    return render(request, "titles/bulk.html", {"page": page, "rows": rows})


@require_POST
@lead_required
def undo_bulk(request: DeskRequest, action_id: UUID) -> HttpResponse:
    try:
        count = undo_bulk_action(action_id, actor=request.user)
    except LineupDeskError as error:
        messages.error(request, error.message)
    else:
        words = ngettext("Taken back: %(count)d title.", "Taken back: %(count)d titles.", count) % {"count": count}
        messages.success(request, words)
    if "query" in request.POST:
        return _back_to_titles(request.POST["query"])
    return redirect("bulk")


@require_GET
@lead_required
def skipped(request: DeskRequest) -> HttpResponse:
    """Titles that reviewers keep passing on."""
    page = keyset_page(skipped_titles(), ["pk"], request.GET)
    rows = [drawn_title(row, viewer=request.user) | {"answer_id": uuid4()} for row in page.rows]
    return render(request, "titles/skipped.html", {"page": page, "rows": rows, "people": assignable_people()})


@require_POST
@lead_required
def answer_skips(request: DeskRequest, title_id: int) -> HttpResponse:
    """The title comes back to everybody, to one reviewer, or (`decide`) to the lead at once."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That form was damaged. Load the page again."))
        return redirect("skipped")
    sent = form.cleaned_data
    try:
        action = return_titles(
            sent["undo_id"],
            title_ids=[title_id],
            actor=request.user,
            assignee=request.user if sent["decide"] else sent["assignee"],
            comment=sent["comment"],
        )
    except LineupDeskError as error:
        messages.error(request, error.message)
        return redirect("skipped")
    messages.success(request, outcome_words(action))
    return redirect("review" if sent["decide"] else "skipped")


def _do_step(request: DeskRequest) -> HttpResponse:
    form = BulkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That form was damaged. Load the page again."))
        return redirect("titles")
    sent = form.cleaned_data
    try:
        _step(request.user, sent)
    except LineupDeskError as error:
        messages.error(request, error.message)
    return _back_to_titles(sent["query"])


def _step(lead: User, sent: dict) -> BulkAction:
    """The outcome is shown by the page that follows, with the undo."""
    title_ids, params = sent["titles"], {"scope": "chosen"}
    if sent["everything"]:
        criteria = TitleSearchForm(QueryDict(sent["query"])).criteria()
        found = search_titles(**criteria).filter(queue_item__state=QueueState.WAITING, state=TitleState.WAITING)
        title_ids = list(found.values_list("pk", flat=True)[:BULK_MOST])
        params = {"scope": "found", "criteria": {name: value for name, value in criteria.items() if value}}
    if sent["kind"] == BulkKind.ACCEPT:
        return accept_titles(sent["id"], title_ids=title_ids, actor=lead, params=params)
    return assign_titles(sent["id"], title_ids=title_ids, actor=lead, assignee=sent["assignee"], params=params)


def _back_to_titles(query: str) -> HttpResponse:
    return redirect(f"{reverse('titles')}?{query}" if query else "titles")
