"""Files of settled readings."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotator import jobs
from annotator.domain.audit import record
from annotator.domain.exports import export_path
from annotator.domain.job_rows import OPEN_STATES
from annotator.domain.queries.batches import list_exports
from annotator.domain.queries.queue import queue_counts
from annotator.enums import AnnotationSource, AuditAction, ExportFormat, JobKind, JobState
from annotator.models import Job
from annotator.web.access import lead_required
from annotator.web.forms import ExportForm
from annotator.web.http import DeskRequest, query_without_place, render_part, send_file
from annotator.web.paging import keyset_page

LIST_ROWS = 20


@require_GET
@lead_required
def exports(request: DeskRequest) -> HttpResponse:
    context = _listed(request) | {"form": _form()}
    return render_part(request, "exports/page.html", "exports/_list.html", context)


@require_POST
@lead_required
def start(request: DeskRequest) -> HttpResponse:
    form = _form(request.POST)
    if not form.is_valid():
        return render(request, "exports/page.html", _listed(request) | {"form": form}, status=422)
    jobs.start_export(fmt=form.cleaned_data["format"], sources=form.cleaned_data["sources"], actor=request.user)
    return redirect("exports")


@require_GET
@lead_required
def download(request: DeskRequest, job_id: UUID) -> HttpResponse:
    job = get_object_or_404(Job, pk=job_id, kind=JobKind.EXPORT, state=JobState.DONE)
    path = export_path(job)
    record(AuditAction.EXPORT_DOWNLOADED, actor=request.user, subject=job, file=path.name)
    return send_file(path, inside=settings.EXPORTS_DIR, name=path.name)


def _form(data: QueryDict | None = None) -> ExportForm:
    return ExportForm(data, settled=queue_counts().settled)


def _listed(request: DeskRequest) -> dict[str, object]:
    page = keyset_page(list_exports(), ["-created_at", "-pk"], request.GET, size=LIST_ROWS)
    busy = any(job.state in OPEN_STATES for job in page.rows)
    rows = [{"job": job, "format": _format_name(job), "sources": _source_names(job)} for job in page.rows]
    return {"page": page, "rows": rows, "query": query_without_place(request.GET), "busy": busy}


def _format_name(job: Job) -> str:
    return str(ExportFormat(job.params["format"]).label)


def _source_names(job: Job) -> list[str]:
    return [str(AnnotationSource(name).label) for name in job.params["sources"] or AnnotationSource.values]
