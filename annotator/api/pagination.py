"""Pages of lists: by cursor, so that the last page is as fast as the first and no row is missed while others arrive."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet
from django.utils.timezone import is_naive
from django.utils.translation import gettext_lazy as _
from django.views import View
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

MAX_PAGE_SIZE = 1000


class DeskPagination(CursorPagination):
    """DRF's cursors, ordered by the view's `page_ordering`. What DRF ignores or trips over is refused: a page size that is none,
    a made-up position."""

    page_size_query_param = "page_size"
    page_size_query_description = _("Rows on a page.")
    cursor_query_description = _("Where the page begins: follow `next` and `previous` rather than making one.")
    max_page_size = MAX_PAGE_SIZE

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: View | None = None) -> list[Model] | None:
        self.model = queryset.model
        return super().paginate_queryset(queryset, request, view)

    def get_ordering(self, request: Request, queryset: QuerySet, view: View) -> tuple[str, ...]:
        return view.page_ordering

    def get_page_size(self, request: Request) -> int | None:
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= MAX_PAGE_SIZE):
            message = _("page_size is a whole number from 1 to %(limit)d.")
            raise ValidationError({"page_size": [message % {"limit": MAX_PAGE_SIZE}]}, code="invalid_page_size")
        return int(asked)

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                self._check_position(cursor.position)
        except (NotFound, DjangoValidationError) as error:
            message = _("This is not a cursor that a page of this list gave.")
            raise ValidationError({"cursor": [message]}, code="invalid_cursor") from error
        return cursor

    def _check_position(self, position: str) -> None:
        """Whether the database can compare it with the ordering's first column."""
        if "\x00" in position:
            raise NotFound
        field = self.model._meta.get_field(self.ordering[0].lstrip("-"))  # noqa: SLF001  Django's documented way in
        value = field.to_python(position)
        if isinstance(value, datetime) and is_naive(value):
            raise NotFound

    def get_schema_operation_parameters(self, view: View) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                limits = {"minimum": 1, "maximum": MAX_PAGE_SIZE, "default": self.page_size}
                parameter["schema"] |= limits
        return parameters
