"""Finding titles, the history of one, and the flagged ones that wait for a lead."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.domain.leasing import holding_lease, take_over_lease
from annotator.domain.queries.history import title_history
from annotator.domain.queries.queue import flagged_titles
from annotator.domain.queries.search import search_titles
from annotator.domain.undo import send_back_flagged
from annotator.exceptions import LineupDeskError
from annotator.models import Batch, ModelVersion, Title
from annotator.web.access import lead_required, reviewer_required
from annotator.web.forms import SendBackForm, TitleFilterForm
from annotator.web.http import DeskRequest, query_without_place, render_part
from annotator.web.paging import keyset_page


@require_GET
@reviewer_required
def titles(request: DeskRequest) -> HttpResponse:
    names = ModelVersion.objects.values_list("name", flat=True)
    form = TitleFilterForm(request.GET, models=[(name, name) for name in names])
    criteria = form.criteria()
    found = search_titles(**criteria).select_related("annotation__prediction")
    page = keyset_page(found, ["-pk"], request.GET)
    context = {
        "form": form,
        "page": page,
        "rows": [drawn_title(row) for row in page.rows],
        "query": query_without_place(request.GET),
        "filtered": any(criteria.values()),
        "batch": Batch.objects.filter(pk=criteria["batch"]).first() if criteria["batch"] else None,
    }
    return render_part(request, "titles/page.html", "titles/_list.html", context)


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
    rows = [drawn_title(row) | {"undo_id": uuid4()} for row in page.rows]
    return render(request, "titles/flagged.html", {"page": page, "rows": rows})


@require_POST
@lead_required
def send_back(request: DeskRequest, title_id: int) -> HttpResponse:
    row = get_object_or_404(Title, pk=title_id)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That form was damaged. Load the page again."))
        return redirect("flagged")
    try:
        send_back_flagged(row.pk, lead=request.user, **form.cleaned_data)
    except LineupDeskError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("“%(title)s” waits for review again.") % {"title": row.text})
    return redirect("flagged")


def drawn_title(row: Title) -> dict[str, object]:
    """A title with the reading that counts: the settled one, else the one that waits. Confidence is that of the prediction."""
    annotation, item = getattr(row, "annotation", None), getattr(row, "queue_item", None)
    prediction = annotation.prediction if annotation else item and item.prediction
    return {
        "title": row,
        "spans": annotation.spans if annotation else prediction.spans if prediction else [],
        "confidence": prediction.confidence if prediction else None,
    }
