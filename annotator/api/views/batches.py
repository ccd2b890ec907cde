"""Titles that are kept, tagged in the background and reviewed where the model is unsure."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from annotator import jobs
from annotator.api.examples import BATCH, BATCH_ERRORS, BATCH_REQUEST
from annotator.api.serializers.batches import (
    BatchBody,
    BatchResultSerializer,
    BatchSerializer,
    describe_batch,
    describe_result,
)
from annotator.api.views.base import read_body
from annotator.domain.answers import answer_occurrences
from annotator.domain.rest_batches import batch_status, receive_batch
from annotator.enums import Area
from annotator.models import Batch, Occurrence, User

KEY_MAX_CHARS = 255
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": KEY_MAX_CHARS, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The client's own name for this request, e.g. a UUID. Sent again with it, the same request is the same batch.",
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[202], description="Where to ask how far the batch is."
)


def visible_batches(user: User) -> QuerySet[Batch]:
    """Leads see all batches, everybody else the own ones; a foreign one is as good as missing."""
    return Batch.objects.all() if user.is_lead else Batch.objects.filter(created_by=user)


class Batches(APIView):
    area = Area.BATCHES

    @extend_schema(
        summary="Send a batch",
        operation_id="create_batch",
        request=BatchBody,
        parameters=[IDEMPOTENCY_KEY, LOCATION],
        responses={202: OpenApiResponse(BatchSerializer, "Stored; it is being tagged."), **BATCH_ERRORS},
        examples=[
            OpenApiExample("titles", BATCH_REQUEST, request_only=True),
            OpenApiExample("stored", BATCH, response_only=True, status_codes=["202"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Stores the titles, all or, where one cannot be taken, none. They are tagged in the background; what the model is unsure of
        waits for reviewers. Works while the broker is down: the titles are tagged when it is back."""
        body = read_body(BatchBody(), request)
        batch, title_ids = receive_batch(
            titles=body["titles"],
            actor=request.user,
            name=body.get("name", ""),
            idempotency_key=_idempotency_key(request),
        )
        jobs.start_tagging(title_ids)
        described = _describe(batch, request)
        location = reverse("api_batch", [batch.pk], request=request)
        return Response(described, status=status.HTTP_202_ACCEPTED, headers={"Location": location})


class BatchDetail(APIView):
    area = Area.BATCHES

    @extend_schema(
        summary="How far is a batch?",
        operation_id="get_batch",
        responses={200: OpenApiResponse(BatchSerializer, examples=[OpenApiExample("done", BATCH)])},
    )
    def get(self, request: Request, batch_id: UUID) -> Response:
        """Own batches; leads see all."""
        return Response(_describe(get_object_or_404(visible_batches(request.user), pk=batch_id), request))


@extend_schema_view(get=extend_schema(summary="The results of a batch", operation_id="list_batch_results"))
class BatchResults(generics.ListAPIView):
    """In the order in which the titles were sent: each with its settled reading, else with what the model read."""

    area = Area.BATCHES
    serializer_class = BatchResultSerializer
    page_ordering = ("row",)

    def get_queryset(self) -> QuerySet[Occurrence]:
        if getattr(self, "swagger_fake_view", False):
            return Occurrence.objects.none()
        batch = get_object_or_404(visible_batches(self.request.user), pk=self.kwargs["batch_id"])
        return Occurrence.objects.filter(batch=batch).select_related("title")

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        answers = answer_occurrences(page)
        return self.get_paginated_response(
            [describe_result(occurrence, answer) for occurrence, answer in zip(page, answers, strict=True)]
        )


def _describe(batch: Batch, request: Request) -> dict:
    results = reverse("api_batch_results", [batch.pk], request=request)
    return describe_batch(batch, batch_status(batch), results=results)


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if "Idempotency-Key" in request.headers and not (
        0 < len(key) <= KEY_MAX_CHARS and all("!" <= char <= "~" for char in key)
    ):
        message = _("An Idempotency-Key has 1 to %(limit)d visible ASCII characters.")
        raise ValidationError({"Idempotency-Key": [message % {"limit": KEY_MAX_CHARS}]}, code="invalid_idempotency_key")
    return key
