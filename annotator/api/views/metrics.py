"""Figures for Prometheus."""

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request

from annotator.api.metrics import desk_registry
from annotator.api.views.base import FileView
from annotator.enums import Area
from annotator.request_times import process_registry

EXAMPLE = 'lineup_queue_titles{band="low"} 17.0\nlineup_workers_alive 1.0\n'


class Metrics(FileView):
    area = Area.METRICS

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny()] if settings.METRICS_OPEN else super().get_permissions()

    @extend_schema(
        summary="Figures for Prometheus",
        operation_id="metrics",
        responses={
            (200, "text/plain"): OpenApiResponse(
                OpenApiTypes.STR, "Prometheus' text format.", [OpenApiExample("metrics", EXAMPLE)]
            )
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """Titles that wait in each band and for how long, arrivals, readings, jobs, workers, broker, model version, the error of the audit,
        alerts; and how long this server's answers took. Leads only, unless METRICS_OPEN is set."""
        figures = generate_latest(desk_registry()) + generate_latest(process_registry())
        return HttpResponse(figures, content_type=CONTENT_TYPE_PLAIN_0_0_4)
