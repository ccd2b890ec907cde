"""Whether the desk runs. Open to everyone: it tells nothing about the data."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotator.api.readiness import find_parts
from annotator.api.serializers.health import LiveSerializer, NotReadySerializer, ReadyFilter, ReadySerializer

UP = {"database": "ok", "broker": "ok", "worker": "ok", "model": "ok"}
DOWN = UP | {"worker": "down"}
NEEDED = {"web": ("database",)}  # without a worker people can still review
NOT_READY = {"code": "not_ready", "message": "Not ready: worker."}


class OpenView(APIView):
    """Asks for no token, reads none, counts no requests: it must answer when all else is down."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()


class Live(OpenView):
    @extend_schema(
        summary="Is the web process alive?",
        operation_id="health_live",
        responses={200: OpenApiResponse(LiveSerializer, "It is.", [OpenApiExample("alive", {"status": "ok"})])},
    )
    def get(self, request: Request) -> Response:
        """Looks at nothing else: restart the process when this does not answer."""
        return Response({"status": "ok"})


class Ready(OpenView):
    @extend_schema(
        summary="Can the desk do its work?",
        operation_id="health_ready",
        parameters=[ReadyFilter],
        responses={
            200: OpenApiResponse(
                ReadySerializer, "Every part answers.", [OpenApiExample("ready", {"status": "ready", "parts": UP})]
            ),
            503: OpenApiResponse(
                NotReadySerializer,
                "A part does not answer; `parts` says which.",
                [OpenApiExample("not_ready", {"status": "not_ready", "parts": DOWN, "error": NOT_READY})],
            ),
        },
    )
    def get(self, request: Request) -> Response:
        """Database, broker, worker and model, looked at now. A balancer that asks whether to send people here takes `scope=web`."""
        wanted = ReadyFilter(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        found = find_parts()
        parts = {part: "ok" if answers else "down" for part, answers in found.items()}
        needed = NEEDED.get(wanted.validated_data["scope"], parts)
        if all(found[part] for part in needed):
            return Response({"status": "ready", "parts": parts})
        down = ", ".join(part for part in needed if not found[part])
        error = {"code": "not_ready", "message": _("Not ready: %(parts)s.") % {"parts": down}}
        return Response({"status": "not_ready", "parts": parts, "error": error}, status=503)
