"""Batches and jobs for their lists."""

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotator.enums import JobKind, TitleState
from annotator.models import Batch, Job, Occurrence


def list_batches() -> QuerySet[Batch]:
    """Batches, newest first by (-created_at, -pk), with `read` (rows taken), `untagged` (of these, rows whose title no model has read
    yet), their job and who brought them."""
    rows = Occurrence.objects.filter(batch=OuterRef("pk"))
    batches = Batch.objects.select_related("job", "created_by")
    return batches.annotate(
        read=_count(rows),
        untagged=_count(rows.filter(title__state=TitleState.NEW)),
    ).order_by("-created_at", "-pk")


def list_exports() -> QuerySet[Job]:
    """Export jobs, newest first by (-created_at, -pk), with who asked for them."""
    return Job.objects.filter(kind=JobKind.EXPORT).select_related("created_by").order_by("-created_at", "-pk")


def _count(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().values("batch").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
