"""Who did what, for leads."""

import csv
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from annotator.domain.audit import find_entries, record
from annotator.domain.rejects import harmless_cell
from annotator.enums import AuditAction
from annotator.models import AuditEntry
from annotator.web.access import lead_required
from annotator.web.audit_forms import AuditForm
from annotator.web.http import DeskRequest, query_without_place, render_part
from annotator.web.paging import keyset_page

COLUMNS = ("at", "actor", "action", "subject_kind", "subject_id", "subject_name", "details", "address")


@require_GET
@lead_required
def audit(request: DeskRequest) -> HttpResponse:
    form = AuditForm(request.GET)
    criteria = form.criteria()
    page = keyset_page(find_entries(**criteria), ["-pk"], request.GET)
    context = {
        "form": form,
        "page": page,
        "query": query_without_place(request.GET),
        "filtered": any(criteria.values()),
    }
    return render_part(request, "audit/page.html", "audit/_list.html", context)


@require_GET
@lead_required
def export(request: DeskRequest) -> StreamingHttpResponse:
    """What the page shows, all pages of it, as CSV; that this was taken is an entry, too."""
    entries = find_entries(**AuditForm(request.GET).criteria())
    record(AuditAction.AUDIT_EXPORTED, actor=request.user)
    response = StreamingHttpResponse(_csv(entries.iterator(chunk_size=2000)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.now():%Y%m%d-%H%M%S}.csv"'
    return response


class _Echo:
    def write(self, line: str) -> str:
        return line


def _csv(entries: Iterator[AuditEntry]) -> Iterator[str]:
    rows = csv.writer(_Echo())
    yield "\ufeff" + rows.writerow(COLUMNS)
    for entry in entries:
        yield rows.writerow([harmless_cell(cell) for cell in _cells(entry)])


def _cells(entry: AuditEntry) -> list[str]:
    details = "; ".join(f"{name}: {value}" for name, value in entry.details.items())
    who = entry.actor.username if entry.actor else ""
    subject = (entry.subject_kind, entry.subject_id, entry.subject_name)
    return [entry.at.isoformat(), who, entry.action, *subject, details, entry.address or ""]
