"""How good the readings are, and the limits of the bands that a lead sets by that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotator.domain.band_limits import current_limits, set_limits
from annotator.exceptions import InvalidLimits
from annotator.web.access import lead_required
from annotator.web.http import DeskRequest
from annotator.web.quality_forms import PERIODS, BandLimitsForm, PeriodForm
from annotator.web.quality_page import preview_context, quality_context


@require_GET
@lead_required
def quality(request: DeskRequest) -> HttpResponse:
    return _show(request, BandLimitsForm.showing(current_limits()))


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def band_limits(request: DeskRequest) -> HttpResponse:
    """GET answers what limits would do, as a part of the page; POST sets them, or shows the page with what they would do."""
    if request.method == "POST":
        form = BandLimitsForm(request.POST)
        return _show(request, form) if "preview" in request.POST else _set(request, form)
    form = BandLimitsForm(request.GET)
    context = preview_context(form.limits if form.is_valid() else None, _days(request)) | {"form": form}
    return render(request, "quality/_preview.html", context)


def _set(request: DeskRequest, form: BandLimitsForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form)
    try:
        set_limits(form.limits, lead=request.user, note=form.cleaned_data["note"])
    except InvalidLimits as error:
        form = _on_top_of_the_newest(form)
        form.add_error(None, error.message)
        return _show(request, form)
    messages.success(request, _("Limits set. They hold for titles that are tagged from now on."))
    return redirect("quality")


def _on_top_of_the_newest(form: BandLimitsForm) -> BandLimitsForm:
    """The same values, for a lead who has now seen which limits hold."""
    renewed = BandLimitsForm(form.data.dict() | {"number": current_limits().number})
    renewed.full_clean()
    return renewed


def _show(request: DeskRequest, form: BandLimitsForm) -> HttpResponse:
    days = _days(request)
    context = quality_context(days) | {"form": form, "periods": PERIODS}
    if form.is_bound:
        context |= preview_context(form.limits if form.is_valid() else None, days)
    return render(request, "quality/page.html", context, status=422 if form.errors else 200)


def _days(request: DeskRequest) -> int:
    return PeriodForm(request.GET).chosen()
