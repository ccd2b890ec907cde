"""Titles: what is known of each."""

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics

from annotator.api.serializers.filters import TitleFilter
from annotator.api.serializers.titles import TitleDetailSerializer, TitleSerializer
from annotator.api.views.base import FilteredList
from annotator.domain.queries.search import search_titles
from annotator.enums import Area
from annotator.models import Prediction, Title


@extend_schema_view(get=extend_schema(summary="List titles", operation_id="list_titles", parameters=[TitleFilter]))
class Titles(FilteredList):
    """Newest first."""

    area = Area.TITLES
    serializer_class = TitleSerializer
    filter_serializer = TitleFilter
    page_ordering = ("-id",)
    find = staticmethod(search_titles)


@extend_schema_view(get=extend_schema(summary="Get a title", operation_id="get_title"))
class TitleDetail(generics.RetrieveAPIView):
    """With its settled reading and what every model version read, newest first."""

    area = Area.TITLES
    serializer_class = TitleDetailSerializer
    lookup_url_kwarg = "title_id"

    def get_queryset(self) -> QuerySet[Title]:
        predictions = Prediction.objects.select_related("model_version").order_by("-pk")
        titles = Title.objects.select_related("annotation", "queue_item")
        return titles.prefetch_related(Prefetch("predictions", queryset=predictions))
