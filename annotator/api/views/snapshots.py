"""Data sets made from annotations."""

from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from annotator.api.schema import error
from annotator.api.serializers.snapshots import SnapshotSerializer
from annotator.api.views.base import FileView
from annotator.domain.datasets import snapshot_path
from annotator.enums import Area
from annotator.models import Snapshot

SNAPSHOTS = Snapshot.objects.select_related("created_by")
JSON_LINES = "application/x-ndjson"


@extend_schema_view(get=extend_schema(summary="List snapshots", operation_id="list_snapshots"))
class Snapshots(generics.ListAPIView):
    """Newest first."""

    area = Area.SNAPSHOTS
    serializer_class = SnapshotSerializer
    queryset = SNAPSHOTS
    page_ordering = ("-created_at", "id")


@extend_schema_view(get=extend_schema(summary="Get a snapshot", operation_id="get_snapshot"))
class SnapshotDetail(generics.RetrieveAPIView):
    """What went into it, and where its file is."""

    area = Area.SNAPSHOTS
    serializer_class = SnapshotSerializer
    queryset = SNAPSHOTS
    lookup_url_kwarg = "snapshot_id"


class SnapshotDownload(FileView):
    area = Area.SNAPSHOTS

    @extend_schema(
        summary="Download a snapshot",
        operation_id="download_snapshot",
        responses={
            (200, JSON_LINES): OpenApiResponse(OpenApiTypes.BINARY, "One JSON object a line: text, spans and meta."),
            404: error(404, not_found="Not found.", snapshot_missing="The file of snapshot 0123456789ab is gone."),
        },
    )
    def get(self, request: Request, snapshot_id: UUID) -> FileResponse:
        """The file, byte for byte what its SHA-256 `digest` says."""
        snapshot = get_object_or_404(Snapshot, pk=snapshot_id)
        try:
            file = snapshot_path(snapshot.digest).open("rb")
        except FileNotFoundError as missing:
            message = _("The file of snapshot %(name)s is gone.") % {"name": snapshot}
            raise NotFound(message, code="snapshot_missing") from missing
        name = f"lineup-{snapshot}.jsonl"
        return FileResponse(file, as_attachment=True, filename=name, content_type=JSON_LINES)
