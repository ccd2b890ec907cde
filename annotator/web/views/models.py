"""Model versions: training, comparison, going live."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotator import jobs
from annotator.domain.audit import record
from annotator.domain.blind_sample import judge_blind, next_to_judge, tally
from annotator.domain.job_rows import cancel_job
from annotator.domain.model_versions import active_version, require_files
from annotator.domain.promotion import latest_comparison, needs_note, remove_version
from annotator.domain.queries.models_page import WORK, last_work, list_versions, running_work, stock
from annotator.domain.training_options import TrainingOptions
from annotator.enums import AuditAction, JobKind
from annotator.exceptions import LineupDeskError
from annotator.models import Job, ModelVersion
from annotator.web.access import lead_required, reviewer_required
from annotator.web.checkpoint_zip import zipped_checkpoint
from annotator.web.gate_words import f1_rows, figure_rows, reason_words
from annotator.web.http import DeskRequest, render_part
from annotator.web.model_forms import TrainingForm
from annotator.web.model_plots import gate_reliability_plot, loss_plot, score_plot, versions_plot

CHANGED_ROWS = 25


@require_GET
@reviewer_required
def models(request: DeskRequest) -> HttpResponse:
    return render_part(request, "models/page.html", "models/_work.html", _listed(request) | {"form": TrainingForm()})


@require_POST
@lead_required
def train(request: DeskRequest) -> HttpResponse:
    form = TrainingForm(request.POST)
    if not form.is_valid():
        return render(request, "models/page.html", _listed(request) | {"form": form}, status=422)
    try:
        jobs.start_training(TrainingOptions(**form.options()), actor=request.user)
    except LineupDeskError as error:
        messages.error(request, error.message)
    return redirect("models")


@require_POST
@lead_required
def cancel(request: DeskRequest, job_id: UUID) -> HttpResponse:
    if not cancel_job(get_object_or_404(Job, pk=job_id, kind__in=WORK)):
        messages.info(request, _("That is over already."))
    return redirect("models")


@require_POST
@lead_required
def back(request: DeskRequest) -> HttpResponse:
    try:
        version = jobs.make_former_live(actor=request.user)
    except LineupDeskError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(name)s is active again.") % {"name": version.name})
    return redirect("models")


@require_GET
@reviewer_required
def model(request: DeskRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion.objects.select_related("parent", "snapshot", "created_by"), pk=version_id)
    comparison = latest_comparison(version) or version.comparisons.select_related("against").first()
    curve = version.training.get("curve", [])
    context = {
        "version": version,
        "comparison": comparison,
        "needs_note": needs_note(version),
        "promotions": version.promotions.select_related("actor", "former"),
        "loss_plot": loss_plot(curve),
        "score_plot": score_plot(curve),
        "curve": curve,
        "options": _told(version.training.get("options", {})),
    }
    if comparison:
        context |= {
            "reasons": reason_words(comparison.reasons),
            "tally": tally(comparison),
            "f1_rows": f1_rows(comparison),
            "figure_rows": figure_rows(comparison),
            "reliability_plot": gate_reliability_plot(comparison.report["after"]["reliability"]),
            "changed": Paginator(comparison.changed, CHANGED_ROWS).get_page(request.GET.get("page")),
        }
    return render(request, "models/model.html", context)


@require_POST
@lead_required
def compare(request: DeskRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion, pk=version_id)
    active = active_version()
    if active is None or active.pk == version.pk:
        messages.error(request, _("There is no other active version to compare with."))
    else:
        jobs.start_comparison(version, actor=request.user)
        messages.success(request, _("The comparison runs in the background."))
    return redirect("models")


@require_http_methods(["GET", "POST"])
@lead_required
def judge(request: DeskRequest, version_id: int) -> HttpResponse:
    """One title of the blind sample after another."""
    version = get_object_or_404(ModelVersion, pk=version_id)
    comparison = latest_comparison(version)
    if comparison is None:
        messages.error(request, _("It was not compared with the active version yet."))
        return redirect("model", version_id=version_id)
    if request.method == "POST":
        place = request.POST.get("place", "")
        try:
            judge_blind(
                comparison.pk,
                place=int(place) if place.isdecimal() else -1,
                choice=request.POST.get("choice", ""),
                lead=request.user,
            )
        except LineupDeskError as error:
            messages.error(request, error.message)
        return redirect("judge_model", version_id=version_id)
    context = {"version": version, "next": next_to_judge(comparison), "tally": tally(comparison)}
    return render(request, "models/judge.html", context)


@require_POST
@lead_required
def promote(request: DeskRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion, pk=version_id)
    try:
        jobs.make_live(version, actor=request.user, note=request.POST.get("note", ""))
    except LineupDeskError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(name)s is active. The queue is read again.") % {"name": version.name})
    return redirect("model", version_id=version.pk)


@require_POST
@lead_required
def delete(request: DeskRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(ModelVersion, pk=version_id)
    try:
        remove_version(version, actor=request.user)
    except LineupDeskError as error:
        messages.error(request, error.message)
        return redirect("model", version_id=version_id)
    messages.success(request, _("%(name)s is deleted.") % {"name": version.name})
    return redirect("models")


@require_GET
@lead_required
def download(request: DeskRequest, version_id: int) -> HttpResponse:
    """The checkpoint directory as a zip: safetensors, tokenizer, manifest; nothing that runs code when it is read."""
    version = get_object_or_404(ModelVersion, pk=version_id)
    try:
        require_files(version)
    except LineupDeskError as error:
        messages.error(request, error.message)
        return redirect("model", version_id=version_id)
    record(AuditAction.MODEL_DOWNLOADED, actor=request.user, subject=version)
    name = version.name.replace("@", "-")
    return FileResponse(zipped_checkpoint(version), as_attachment=True, filename=f"{name}.zip")


def _listed(request: DeskRequest) -> dict[str, object]:
    versions, work = list_versions(), running_work()
    return {
        "versions": versions,
        "versions_plot": versions_plot(versions),
        "work": [{"job": job, "loss_plot": loss_plot(job.result.get("curve", []))} for job in work],
        "busy": bool(work),
        "trains": any(job.kind == JobKind.TRAIN for job in work),
        "last_training": last_work(JobKind.TRAIN),
        "last_retag": last_work(JobKind.RETAG),
        "stock": None if request.htmx else stock(),
    }


def _told(options: dict) -> list[tuple[str, str]]:
    """Parameters as one line each; weights as "reviewed 1, taught 1"."""
    return [
        (
            name,
            ", ".join(f"{key} {weight:g}" for key, weight in value.items()) if isinstance(value, dict) else str(value),
        )
        for name, value in options.items()
        if value not in ("", {})
    ]
