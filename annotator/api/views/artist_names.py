"""Which artists names mean, and two rows that are one act."""

from uuid import uuid4

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.examples import MATCH, MATCH_ERRORS, MERGE_ERRORS
from annotator.api.serializers.artist_names import MatchBody, MatchesSerializer, MergeBody, describe_match
from annotator.api.serializers.artists import ArtistSerializer
from annotator.api.views.base import read_body
from annotator.domain.artist_merges import merge_artists
from annotator.domain.name_lookup import find_candidates
from annotator.domain.queries.search import search_artists
from annotator.enums import Area
from annotator.models import Artist, ArtistMerge

NAMES = OpenApiExample("two names", {"names": ["Zoe Nord", "Karl Sud"]}, request_only=True)
ANSWER = OpenApiExample("candidates", {"matches": [MATCH]}, response_only=True, status_codes=["200"])
INTO = OpenApiExample("a merge", {"into": 7, "id": "6f1c0a3e-8f7b-4d7e-9d59-0b8f3a3b1c11"}, request_only=True)


class ArtistMatch(APIView):
    area = Area.ARTISTS

    @extend_schema(
        summary="Match names",
        operation_id="match_artists",
        request=MatchBody,
        responses={200: MatchesSerializer, **MATCH_ERRORS},
        examples=[NAMES, ANSWER],
    )
    def post(self, request: Request) -> Response:
        """For each name the artists that it may mean: the same name, else near ones with a score. Short names never match by
        distance, numbers must be the same, rejected artists are left out. Changes nothing."""
        names = read_body(MatchBody(), request)["names"]
        rows = zip(names, find_candidates(names), strict=True)
        return Response({"matches": [describe_match(name, candidates) for name, candidates in rows]})


class ArtistMergeInto(APIView):
    area = Area.ARTIST_MERGES

    @extend_schema(
        summary="Join two artists",
        operation_id="merge_artist",
        request=MergeBody,
        responses={200: ArtistSerializer, **MERGE_ERRORS},
        examples=[INTO],
    )
    def post(self, request: Request, artist_id: int) -> Response:
        """This artist becomes part of another: mentions, spellings and external ids follow. Answers with the one that stays. The same
        `id` again changes nothing. A lead can undo it on the page of that artist."""
        body = read_body(MergeBody(), request)
        merge_id = body.get("id") or uuid4()
        known = Artist.objects.filter(pk=artist_id).exists() or ArtistMerge.objects.filter(pk=merge_id).exists()
        if not known:
            raise Http404
        merge = merge_artists(artist_id, into_id=body["into"], merge_id=merge_id, actor=request.user)
        kept = search_artists().filter(pk=merge.kept_id).first()
        if kept is None:
            raise Http404
        return Response(ArtistSerializer(kept).data)
