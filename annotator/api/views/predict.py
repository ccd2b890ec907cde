"""Reading titles while the client waits."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator import taggers
from annotator.api.examples import PREDICT_ERRORS, PREDICTION
from annotator.api.serializers.predictions import (
    ManyTitlesSerializer,
    OneTitleSerializer,
    PredictBody,
    PredictionSerializer,
    PredictionsSerializer,
    describe_answer,
)
from annotator.api.views.base import read_body
from annotator.domain.answers import Answer, answer_texts
from annotator.enums import Area
from annotator.exceptions import DeskBusy
from ner_core.microbatch import QueueFull

PREDICT_BODY = PredictBody()  # keeps nothing of what it reads; making its fields anew for each request is slow
ONE = OpenApiExample("one title", {"title": PREDICTION["text"]}, request_only=True)
MANY = OpenApiExample("several titles", {"titles": [PREDICTION["text"]]}, request_only=True)
ONE_ANSWER = OpenApiExample("one prediction", PREDICTION, response_only=True, status_codes=["200"])
MANY_ANSWERS = OpenApiExample(
    "several predictions", {"predictions": [PREDICTION]}, response_only=True, status_codes=["200"]
)


def read_titles(titles: list[str]) -> list[Answer]:
    """The model is loaded by the first request that needs it. Raises ModelUnavailable and DeskBusy."""
    try:
        return answer_texts(titles, tagger=taggers.shared_tagger())
    except QueueFull as error:
        raise DeskBusy(_("Too many titles wait to be read at this moment. Try again later.")) from error


class Predict(APIView):
    area = Area.PREDICT

    @extend_schema(
        summary="Read titles",
        operation_id="predict",
        request=PolymorphicProxySerializer(
            "PredictBody", [OneTitleSerializer, ManyTitlesSerializer], resource_type_field_name=None
        ),
        responses={
            200: OpenApiResponse(
                PolymorphicProxySerializer(
                    "Predicted", [PredictionSerializer, PredictionsSerializer], resource_type_field_name=None
                ),
                "A prediction for `title`; an object with `predictions`, in the same order, for `titles`.",
            ),
            **PREDICT_ERRORS,
        },
        examples=[ONE, MANY, ONE_ANSWER, MANY_ANSWERS],
    )
    def post(self, request: Request) -> Response:
        """Answers from the annotation where a title is settled, else from the active model. Stores nothing; send titles that are
        to be kept and reviewed as a batch. Offsets count Unicode code points of the title exactly as it was sent."""
        body = read_body(PREDICT_BODY, request)
        if "title" in body:
            return Response(describe_answer(read_titles([body["title"]])[0]))
        return Response({"predictions": _describe(read_titles(body["titles"]))})


def _describe(answers: list[Answer]) -> list[dict[str, Any]]:
    return [describe_answer(answer) for answer in answers]
