"""What the views share."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from annotator.api.errors import LengthRequired
from annotator.enums import Area


def read_body(field: serializers.Field, request: Request) -> Any:
    """The body, as the field turns it out. Raises ParseError, ValidationError, LengthRequired."""
    if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
        raise LengthRequired
    return field.run_validation(request.data)


class FilteredList(generics.ListAPIView):
    """A paged list whose query parameters are the fields of `filter_serializer`; `find` gets those that were given."""

    area: ClassVar[Area]
    page_ordering: ClassVar[tuple[str, ...]]
    filter_serializer: ClassVar[type[serializers.Serializer]]
    find: ClassVar[Any]

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.serializer_class.Meta.model.objects.none()
        criteria = self.filter_serializer(data=self.request.query_params.dict())
        criteria.is_valid(raise_exception=True)
        return self.find(**criteria.validated_data)


class FileView(APIView):
    """A view whose good answer is not JSON: any Accept header will do, and errors are JSON all the same."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002  DRF's signature
        return super().perform_content_negotiation(request, force=True)
