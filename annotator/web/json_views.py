"""JSON endpoints of the pages' own JavaScript: session and CSRF protected, and never a redirect."""

import json
from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotator.exceptions import LineupDeskError
from annotator.web.http import DeskRequest

Payload = dict[str, object]


class BadPayload(LineupDeskError):
    code = "invalid_json"


def json_view(view: Callable[[DeskRequest, Payload], dict]) -> Callable[[DeskRequest], HttpResponse]:
    """A view from a JSON object to a JSON object. It refuses as {"code", "message", "field"}: 401 to someone signed out, 403 to a client
    service and to a page that was made for another person ("user" in the payload), 400 to what is not a JSON object or what the domain
    refuses."""

    @require_POST
    @wraps(view)
    def answer(request: DeskRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return _refuse(401, "signed_out", _("Sign in to go on."))
        if request.user.is_client:
            return _refuse(403, "not_staff", _("Your account may not open this page. A lead or an admin can."))
        try:
            payload = read_object(request.body)
            if payload.get("user") != request.user.pk:
                return _refuse(403, "signed_in_as_other", _("Somebody else signed in here meanwhile."))
            return JsonResponse(view(request, payload))
        except LineupDeskError as error:
            return _refuse(400, error.code, error.message, error.field)

    return answer


def answer_item(item: object, act: Callable[..., dict], *args: object) -> dict:
    """One item of a list, answered on its own: {"id", "ok"} and what `act` says, or why it was refused."""
    sent_id = item.get("id") if isinstance(item, dict) else None
    try:
        return {"id": sent_id, "ok": True} | act(item, *args)
    except LineupDeskError as error:
        return {"id": sent_id, "ok": False, "code": error.code, "message": error.message}


def read_object(body: bytes) -> Payload:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPayload(_("The request is not JSON.")) from error
    if not isinstance(payload, dict):
        raise BadPayload(_("The request is not a JSON object."))
    return payload


def _refuse(status: int, code: str, message: str, field: str | None = None) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, "field": field}, status=status)
