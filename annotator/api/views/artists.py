"""The artist table."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.examples import ARTIST_ERRORS
from annotator.api.serializers.artist_names import ArtistBody
from annotator.api.serializers.artists import ArtistSerializer
from annotator.api.serializers.filters import ArtistFilter
from annotator.api.views.base import FilteredList, read_body
from annotator.domain.artist_entry import enter_artist
from annotator.domain.queries.search import search_artists
from annotator.enums import Area
from annotator.models import Artist


def _find_artists(*, search: str = "", **criteria: str) -> QuerySet[Artist]:
    return search_artists(search, **criteria)


ONE = OpenApiExample("an artist", {"name": "Zoë Nord", "kind": "dj", "country": "BE"}, request_only=True)


@extend_schema_view(get=extend_schema(summary="List artists", operation_id="list_artists", parameters=[ArtistFilter]))
class Artists(FilteredList):
    """By name. `search` finds any spelling, or a part of one."""

    area = Area.ARTISTS
    entry_area = Area.ARTIST_ENTRY
    serializer_class = ArtistSerializer
    filter_serializer = ArtistFilter
    page_ordering = ("name", "id")
    find = staticmethod(_find_artists)

    @extend_schema(
        summary="Enter an artist",
        operation_id="create_artist",
        request=ArtistBody,
        responses={200: ArtistSerializer, 201: ArtistSerializer, **ARTIST_ERRORS},
        examples=[ONE],
    )
    def post(self, request: Request) -> Response:
        """201 with the new artist, confirmed if a lead entered it; 200 with the one that has this name and `note` already, unchanged."""
        artist, is_new = enter_artist(actor=request.user, **read_body(ArtistBody(), request))
        found = search_artists().get(pk=artist.pk)
        return Response(ArtistSerializer(found).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


@extend_schema_view(get=extend_schema(summary="Get an artist", operation_id="get_artist"))
class ArtistDetail(generics.RetrieveAPIView):
    """With its other spellings and how often it was seen."""

    area = Area.ARTISTS
    serializer_class = ArtistSerializer
    lookup_url_kwarg = "artist_id"

    def get_queryset(self) -> QuerySet[Artist]:
        return search_artists()
