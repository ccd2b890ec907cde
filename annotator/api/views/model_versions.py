"""Checkpoints that this desk knows."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics

from annotator.api.serializers.model_versions import ModelVersionSerializer
from annotator.enums import Area
from annotator.models import ModelVersion


@extend_schema_view(get=extend_schema(summary="List model versions", operation_id="list_models"))
class ModelVersions(generics.ListAPIView):
    """Newest first; the one with state `active` answers `predict`."""

    area = Area.MODELS
    serializer_class = ModelVersionSerializer
    queryset = ModelVersion.objects.all()
    page_ordering = ("-created_at", "id")
