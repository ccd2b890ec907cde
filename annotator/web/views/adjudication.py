"""Where a lead settles what two people read differently, one key for each difference."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotator.domain.adjudication import adjudicate_title, disputed_items, find_decided, next_dispute
from annotator.domain.undo import undo_verdict
from annotator.exceptions import LineupDeskError
from annotator.web.access import lead_required
from annotator.web.forms import AdjudicationForm, TakeBackForm
from annotator.web.http import DeskRequest


@never_cache
@require_GET
@lead_required
def adjudicate(request: DeskRequest) -> HttpResponse:
    """The oldest dispute; `decided` names the decision before it, which is shown with its names and can be taken back."""
    dispute = next_dispute(request.user)
    decided = _decided(request)
    context = {
        "dispute": dispute,
        "verdict_id": uuid4(),
        "left": disputed_items(request.user).count(),
        "decided": decided,
        "undo_id": uuid4(),
    }
    return render(request, "adjudication/page.html", context)


@require_POST
@lead_required
def decide(request: DeskRequest, title_id: int) -> HttpResponse:
    form = AdjudicationForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That form was damaged. Load the page again."))
        return redirect("adjudicate")
    try:
        verdict = adjudicate_title(title_id, lead=request.user, choices=form.choices(), **form.decision())
    except LineupDeskError as error:
        messages.error(request, error.message)
        return redirect("adjudicate")
    return redirect(f"{reverse('adjudicate')}?decided={verdict.pk}")


@require_POST
@lead_required
def take_back(request: DeskRequest) -> HttpResponse:
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That form was damaged. Load the page again."))
        return redirect("adjudicate")
    try:
        undo_verdict(reviewer=request.user, **form.cleaned_data)
    except LineupDeskError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The decision is taken back: the title waits here again."))
    return redirect("adjudicate")


def _decided(request: DeskRequest) -> object:
    try:
        verdict_id = UUID(request.GET.get("decided", ""))
    except ValueError:
        return None
    return find_decided(verdict_id, lead=request.user)
