"""The two routes of earlier clients: the line-up view and nothing else."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.examples import PREDICTION, REALTIME_ERRORS, TITLES_ERRORS
from annotator.api.serializers.fields import TITLE_SCHEMA, TITLES_SCHEMA, TitleField, TitlesField
from annotator.api.serializers.predictions import LineupSerializer
from annotator.api.views.base import read_body
from annotator.api.views.predict import read_titles
from annotator.domain.lineup import lineup_view
from annotator.enums import Area

LINEUP = PREDICTION["lineup"]
TAG = "earlier clients"


def _lineups(titles: list[str]) -> list[dict[str, Any]]:
    return [lineup_view(answer.text, answer.spans) for answer in read_titles(titles)]


class ExtractFromRealtime(APIView):
    area = Area.PREDICT

    @extend_schema(
        summary="The line-up of one title",
        operation_id="extract_from_realtime",
        tags=[TAG],
        request=None,
        parameters=[OpenApiParameter("data", TITLE_SCHEMA, required=True, description="The title.")],
        responses={
            200: OpenApiResponse(LineupSerializer, examples=[OpenApiExample("line-up", LINEUP)]),
            **REALTIME_ERRORS,
            (414, "text/html"): OpenApiResponse(
                OpenApiTypes.STR, "The address is longer than the web server takes (8190 bytes): use `/api/v1/predict`."
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """For clients of the earlier system; a new client reads `lineup` in the answer of `/api/v1/predict`. Needs a token."""
        return Response(_lineups([_data(request)])[0])


class ExtractFromBatch(APIView):
    area = Area.PREDICT

    @extend_schema(
        summary="The line-ups of a list of titles",
        operation_id="extract_from_batch",
        tags=[TAG],
        request={"application/json": TITLES_SCHEMA},
        responses={
            200: OpenApiResponse(LineupSerializer(many=True), "In the order of the titles."),
            **TITLES_ERRORS,
        },
        examples=[
            OpenApiExample("titles", [PREDICTION["text"]], request_only=True),
            OpenApiExample("line-ups", LINEUP, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """For clients of the earlier system; a new client sends `titles` to `/api/v1/predict`. Needs a token."""
        return Response(_lineups(read_body(TitlesField(), request)))


def _data(request: Request) -> str:
    """The title in the address: once, not twice."""
    given = request.query_params.getlist("data")
    if len(given) != 1:
        message = _("Give the title once, as ?data=…")
        raise ValidationError({"data": [message]}, code="required" if not given else "repeated_parameter")
    try:
        return TitleField().run_validation(given[0])
    except ValidationError as error:
        raise ValidationError({"data": error.detail}) from error
