"""Titles that arrive through the page: files and pasted lines, and how far each batch is."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from annotator import jobs
from annotator.domain.imports import rejects_path
from annotator.domain.queries.batches import list_batches
from annotator.domain.rest_batches import batch_status
from annotator.models import Batch, Job
from annotator.templatetags.readings import per_cent
from annotator.web.access import lead_required
from annotator.web.forms import PasteForm, UploadForm, too_large
from annotator.web.http import DeskRequest, query_without_place, render_part, send_file
from annotator.web.paging import keyset_page

LIST_ROWS = 20
ENDED = ("done", "failed")


@require_GET
@lead_required
def batches(request: DeskRequest) -> HttpResponse:
    page = keyset_page(list_batches(), ["-created_at", "-pk"], request.GET, size=LIST_ROWS)
    context = {
        "page": page,
        "query": query_without_place(request.GET),
        "busy": any(_is_open(row) for row in page.rows),
        "upload_form": UploadForm(),
        "paste_form": PasteForm(),
        "limit": settings.UPLOAD_MAX_BYTES,
    }
    return render_part(request, "batches/page.html", "batches/_list.html", context)


@require_POST
@lead_required
def upload(request: DeskRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if request.META.get("UPLOAD_DROPPED"):
        form.errors.clear()
        form.add_error("file", too_large(int(request.META.get("CONTENT_LENGTH") or 0)))
    if not form.is_valid():
        return _refuse(request, "batches/_upload.html", upload_form=form)
    file = form.cleaned_data["file"]
    return _start(request, file.name, form.cleaned_data["kind"], file.chunks())


@require_POST
@lead_required
def paste(request: DeskRequest) -> HttpResponse:
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _refuse(request, "batches/_paste.html", paste_form=form)
    return _start(request, _("pasted titles"), "txt", [form.cleaned_data["titles"].encode()])


@require_GET
@lead_required
def batch(request: DeskRequest, batch_id: UUID) -> HttpResponse:
    row = get_object_or_404(Batch.objects.select_related("job", "created_by"), pk=batch_id)
    job = getattr(row, "job", None)
    status = batch_status(row)
    context = {
        "batch": row,
        "job": job,
        "status": status,
        "ended": status.state in ENDED,
        "read_share": _read_share(row, job),
        "has_rejects": job is not None and rejects_path(job).is_file(),
    }
    return render_part(request, "batches/batch.html", "batches/_progress.html", context)


@require_GET
@lead_required
def rejects(request: DeskRequest, batch_id: UUID) -> HttpResponse:  # noqa: ARG001  a download like any other
    row = get_object_or_404(Batch.objects.select_related("job"), pk=batch_id)
    if not hasattr(row, "job"):
        raise Http404
    name = f"{Path(row.name).stem or row.pk}.rejects.csv"
    return send_file(rejects_path(row.job), inside=settings.UPLOADS_DIR, name=name)


def _start(request: DeskRequest, name: str, kind: str, chunks: Iterable[bytes]) -> HttpResponse:
    job = jobs.start_import(name=name[:255], kind=kind, chunks=chunks, actor=request.user)
    response = redirect("batch", batch_id=job.batch_id)
    return HttpResponseClientRedirect(response.url) if request.htmx else response


def _refuse(request: DeskRequest, part: str, **form: Form) -> HttpResponse:
    page = keyset_page(list_batches(), ["-created_at", "-pk"], {}, size=LIST_ROWS)
    context = {"page": page, "upload_form": UploadForm(), "paste_form": PasteForm(), "limit": settings.UPLOAD_MAX_BYTES}
    return render(request, part if request.htmx else "batches/page.html", context | form, status=422)


def _read_share(row: Batch, job: Job | None) -> int:
    """How much of the batch is read, in per cent; of a command or a REST call nobody knows before its end."""
    if row.closed_at:
        return 100
    return per_cent(job.done, job.total) if job else 0


def _is_open(row: Batch) -> bool:
    return row.closed_at is None or row.untagged > 0
