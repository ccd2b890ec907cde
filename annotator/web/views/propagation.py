"""The group card of the review page: other waiting titles with the same mistake. See docs/review.md for the protocol."""

from annotator.domain.propagation import find_group, propagate_correction, undo_propagation
from annotator.models import User
from annotator.web.http import DeskRequest
from annotator.web.json_views import Payload, answer_item, json_view
from annotator.web.review_groups import group_json, outcome_json
from annotator.web.review_payloads import GroupPayload, PropagationPayload, TakeBackPayload, check, check_list


@json_view
def group(request: DeskRequest, payload: Payload) -> dict:
    """The group of one verdict: {"titles", "busy", "more"}."""
    return group_json(find_group(actor=request.user, **check(GroupPayload, payload)))


@json_view
def propagate(request: DeskRequest, payload: Payload) -> dict:
    """Carries corrections over: {"results": [{"id", "ok", "applied": {"settled", "proposed", "skipped"}}]}."""
    sent = check_list(payload, "propagations")
    return {"results": [answer_item(item, _propagate, request.user) for item in sent]}


@json_view
def take_back(request: DeskRequest, payload: Payload) -> dict:
    """Takes whole groups back: {"results": [{"id", "ok"}]}."""
    return {"results": [answer_item(item, _take_back, request.user) for item in check_list(payload, "undos")]}


def _propagate(item: object, actor: User) -> dict:
    sent = check(PropagationPayload, item)
    return {"applied": outcome_json(propagate_correction(sent.pop("id"), actor=actor, **sent))}


def _take_back(item: object, actor: User) -> dict:
    sent = check(TakeBackPayload, item)
    undo_propagation(sent["propagation_id"], actor=actor)
    return {}
