"""One shape for everything that goes wrong: {"error": {"code", "message", "field"?, "items"?}}."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

from annotator.exceptions import (
    DeskBusy,
    IdempotencyConflict,
    LineupDeskError,
    ModelUnavailable,
    NotAllowed,
    TitleMissing,
)

log = logging.getLogger(__name__)

RETRY_SECONDS, BUSY_SECONDS = 10, 2
DOMAIN_STATUS: Mapping[type[LineupDeskError], int] = {
    ModelUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    DeskBusy: status.HTTP_503_SERVICE_UNAVAILABLE,
    NotAllowed: status.HTTP_403_FORBIDDEN,
    TitleMissing: status.HTTP_404_NOT_FOUND,
    IdempotencyConflict: status.HTTP_422_UNPROCESSABLE_ENTITY,
}


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"

    def __init__(self) -> None:
        message = _("The body may have at most %(limit)d bytes.")
        super().__init__(message % {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE})


class LengthRequired(exceptions.APIException):
    """Django reads no body whose length is not said beforehand, and would take it for an empty one."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = gettext_lazy("Send the body with a Content-Length, not in chunks.")


class BodyUnreadable(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "body_unreadable"
    default_detail = gettext_lazy("The connection ended before the body did.")


class DatabaseUnavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "database_unavailable"
    default_detail = gettext_lazy("The database does not answer. Try again later.")
    wait = RETRY_SECONDS


class InternalError(exceptions.APIException):
    default_code = "internal_error"
    default_detail = gettext_lazy("Something is broken on our side. It was logged.")


class DomainRefusal(exceptions.APIException):
    """What the domain refused, with its own code."""

    def __init__(self, error: LineupDeskError) -> None:
        super().__init__(error.message, error.code)
        self.field = error.field
        kinds = (kind for kind in DOMAIN_STATUS if isinstance(error, kind))
        self.status_code = DOMAIN_STATUS.get(next(kinds, LineupDeskError), status.HTTP_400_BAD_REQUEST)
        if self.status_code == status.HTTP_503_SERVICE_UNAVAILABLE:
            self.wait = BUSY_SECONDS if isinstance(error, DeskBusy) else RETRY_SECONDS


def answer_exception(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler."""
    exc = _translate(exc)
    if isinstance(exc, InternalError):
        _report_bug(exc.__cause__, context)
    return Response({"error": describe(exc)}, status=exc.status_code, headers=_headers(exc))


def describe(exc: exceptions.APIException) -> dict[str, Any]:
    """The error object of an answer. Of several wrong fields the first is told; of several wrong items, all."""
    problem = _describe_detail(exc.detail, field=getattr(exc, "field", None))
    return {key: value for key, value in problem.items() if value is not None}


def _translate(exc: Exception) -> exceptions.APIException:
    match exc:
        case exceptions.APIException():
            return exc
        case LineupDeskError():
            return DomainRefusal(exc)
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case RequestDataTooBig():
            return BodyTooLarge()
        case UnreadablePostError():
            return BodyUnreadable()
        case OperationalError():
            log.error("The database does not answer.", exc_info=exc)
            return DatabaseUnavailable()
    bug = InternalError()
    bug.__cause__ = exc
    return bug


def _report_bug(bug: BaseException | None, context: Mapping[str, Any]) -> None:
    """As Django does for pages: one signal, one entry in the log."""
    request = context["request"]
    got_request_exception.send(sender=answer_exception, request=request)
    log.error("Internal error: %s %s", request.method, request.path, exc_info=bug)


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if (wait := getattr(exc, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _describe_detail(detail: Any, *, field: str | None) -> dict[str, Any]:
    if isinstance(detail, Mapping) and detail and all(isinstance(key, int) for key in detail):
        return _describe_items(detail, field=field)
    if isinstance(detail, Mapping):
        name, inner = next(iter(detail.items()))
        return _describe_detail(inner, field=field if name == api_settings.NON_FIELD_ERRORS_KEY else name)
    first = detail[0] if isinstance(detail, Sequence) and not isinstance(detail, str) else detail
    return {"code": first.code, "message": str(first), "field": field}


def _describe_items(detail: Mapping[int, Any], *, field: str | None) -> dict[str, Any]:
    message = ngettext("%(count)d item cannot be taken.", "%(count)d items cannot be taken.", len(detail))
    return {
        "code": "invalid_items",
        "message": message % {"count": len(detail)},
        "field": field,
        "items": list(_items(detail)),
    }


def _items(detail: Mapping[int, Any]) -> Iterable[dict[str, Any]]:
    for index, inner in sorted(detail.items()):
        problem = _describe_detail(inner, field=None)
        yield {"index": index} | {key: value for key, value in problem.items() if value is not None}
