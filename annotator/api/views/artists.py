"""The artist table."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics

from annotator.api.permissions import Area
from annotator.api.serializers.artists import ArtistSerializer
from annotator.api.serializers.filters import ArtistFilter
from annotator.api.views.base import FilteredList
from annotator.domain.queries.search import search_artists
from annotator.models import Artist


def _find_artists(*, search: str = "", **criteria: str) -> QuerySet[Artist]:
    return search_artists(search, **criteria)


@extend_schema_view(get=extend_schema(summary="List artists", operation_id="list_artists", parameters=[ArtistFilter]))
class Artists(FilteredList):
    """By name. `search` finds any spelling, or a part of one."""

    area = Area.ARTISTS
    serializer_class = ArtistSerializer
    filter_serializer = ArtistFilter
    page_ordering = ("name", "id")
    find = staticmethod(_find_artists)


@extend_schema_view(get=extend_schema(summary="Get an artist", operation_id="get_artist"))
class ArtistDetail(generics.RetrieveAPIView):
    """With its other spellings and how often it was seen."""

    area = Area.ARTISTS
    serializer_class = ArtistSerializer
    lookup_url_kwarg = "artist_id"

    def get_queryset(self) -> QuerySet[Artist]:
        return search_artists()
