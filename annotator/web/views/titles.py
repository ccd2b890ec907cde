"""Finding titles, the history of one, and the flagged ones that wait for a lead."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.domain.assignments import assignable_people
from annotator.domain.bulk import BULK_MOST
from annotator.domain.leasing import holding_lease, take_over_lease
from annotator.domain.opinions import is_kept_back
from annotator.domain.queries.bulk import fresh_bulk_action
from annotator.domain.queries.history import title_history
from annotator.domain.queries.queue import flagged_titles
from annotator.domain.queries.search import search_titles
from annotator.domain.undo import send_back_flagged
from annotator.exceptions import LineupDeskError
from annotator.models import Batch, Title, User
from annotator.web.access import lead_required, reviewer_required
from annotator.web.bulk_words import outcome_words
from annotator.web.http import DeskRequest, query_without_place, render_part
from annotator.web.paging import keyset_page
from annotator.web.title_forms import AnswerForm, TitleSearchForm


@require_GET
@reviewer_required
def titles(request: DeskRequest) -> HttpResponse:
    form = TitleSearchForm(request.GET)
    criteria = form.criteria()
    found = search_titles(**criteria).select_related("annotation__prediction")
    page = keyset_page(found, ["-pk"], request.GET)
    context = {
        "form": form,
        "page": page,
        "rows": [drawn_title(row, viewer=request.user) for row in page.rows],
        "query": query_without_place(request.GET),
        "filtered": any(criteria.values()),
        "batch": Batch.objects.filter(pk=criteria["batch"]).first() if criteria["batch"] else None,
    }
    if request.user.is_lead:
        context |= _bulk_context(request)
    return render_part(request, "titles/page.html", "titles/_list.html", context)


def _bulk_context(request: DeskRequest) -> dict[str, object]:
    """What a lead needs to do one thing to many titles, and what they did last."""
    last = fresh_bulk_action(request.user)
    return {
        "bulk_id": uuid4(),
        "bulk_most": BULK_MOST,
        "bulk_query": query_without_place(request.GET).removesuffix("&"),
        "here": request.GET.urlencode(),
        "people": assignable_people(),
        "last": last,
        "last_words": outcome_words(last) if last else "",
    }


@require_GET
@reviewer_required
def title(request: DeskRequest, title_id: int) -> HttpResponse:
    row = get_object_or_404(Title, pk=title_id)
    return render(
        request, "titles/title.html", {"history": title_history(row, viewer=request.user), "lease": holding_lease(row)}
    )


@require_POST
@lead_required
def take_over(request: DeskRequest, title_id: int) -> HttpResponse:
    """A lead takes a title that somebody holds, and reads it at once."""
    row = get_object_or_404(Title, pk=title_id)
    try:
        take_over_lease(row, lead=request.user, tab=uuid4())
    except LineupDeskError as error:
        messages.error(request, error.message)
        return redirect("title", row.pk)
    return redirect(f"{reverse('review')}?title={row.pk}")


@require_GET
@lead_required
def flagged(request: DeskRequest) -> HttpResponse:
    page = keyset_page(flagged_titles().select_related("annotation__prediction"), ["pk"], request.GET)
    rows = [drawn_title(row, viewer=request.user) | {"undo_id": uuid4()} for row in page.rows]
    return render(request, "titles/flagged.html", {"page": page, "rows": rows, "people": assignable_people()})


@require_POST
@lead_required
def send_back(request: DeskRequest, title_id: int) -> HttpResponse:
    row = get_object_or_404(Title, pk=title_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That form was damaged. Load the page again."))
        return redirect("flagged")
    sent = form.cleaned_data
    decide = sent.pop("decide")
    if decide:
        sent["assignee"] = request.user
    try:
        send_back_flagged(row.pk, lead=request.user, **sent)
    except LineupDeskError as error:
        messages.error(request, error.message)
    else:
        if decide:
            return redirect("review")
        messages.success(request, _("“%(title)s” waits for review again.") % {"title": row.text})
    return redirect("flagged")


def drawn_title(row: Title, *, viewer: User) -> dict[str, object]:
    """A title with the reading that counts: the settled one, else the one that waits, unless the viewer must not see it yet.
    Confidence is that of the prediction."""
    annotation, item = getattr(row, "annotation", None), getattr(row, "queue_item", None)
    if is_kept_back(item, viewer=viewer):
        return {"title": row, "spans": [], "confidence": None}
    prediction = annotation.prediction if annotation else item and item.prediction
    return {
        "title": row,
        "spans": annotation.spans if annotation else prediction.spans if prediction else [],
        "confidence": prediction.confidence if prediction else None,
    }
