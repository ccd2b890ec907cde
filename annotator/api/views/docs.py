"""The schema, and a page to read it and try it on."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from annotator.api.views.base import FileView


class Schema(FileView, SpectacularAPIView):
    """OpenAPI as JSON, or as YAML for an Accept header that asks for it."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if request.query_params.get("lang", settings.LANGUAGE_CODE) not in dict(settings.LANGUAGES):
            raise ValidationError({"lang": [_("The desk does not speak this language.")]}, code="unknown_language")


class Docs(FileView):
    """A page of the desk, so it asks nobody for a token but greets who is signed in."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        return render(request, "api/docs.html")
