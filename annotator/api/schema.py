"""What the OpenAPI schema says beyond the views' own words: tokens, and the errors that every route can answer with."""

from collections.abc import Iterator, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from annotator.api.serializers.errors import ErrorSerializer

Json = dict[str, Any]

MESSAGES = {
    400: "The request is wrong.",
    401: "No token, or none that is valid.",
    403: "Not for your role.",
    404: "There is none, or it is not yours.",
    406: "The Accept header asks for something other than JSON.",
    411: "The body is sent in chunks, without a Content-Length.",
    413: "The body is larger than REQUEST_MAX_BYTES.",
    415: "The body is not declared as application/json.",
    422: "The Idempotency-Key came with another request before.",
    429: "More requests than API_RATE allows; Retry-After says when to go on.",
    500: "A bug on our side; it was logged.",
    503: "The database or the model does not answer; Retry-After says when to try again.",
}
EXAMPLES: Mapping[int, Mapping[str, str]] = {
    400: {"invalid_json": "Not JSON: Expecting value: line 1 column 1 (char 0)"},
    401: {
        "not_authenticated": "Authentication credentials were not provided.",
        "authentication_failed": "Invalid token.",
    },
    403: {
        "permission_denied": "You do not have permission to perform this action.",
        "out_of_scope": "This token was made for something else.",
    },
    404: {"not_found": "Not found."},
    406: {"not_acceptable": "Could not satisfy the request Accept header."},
    411: {"length_required": "Send the body with a Content-Length, not in chunks."},
    413: {"body_too_large": "The body may have at most 33554432 bytes."},
    415: {"unsupported_media_type": 'Unsupported media type "text/plain" in request.'},
    429: {"throttled": "Request was throttled. Expected available in 17 seconds."},
    500: {"internal_error": "Something is broken on our side. It was logged."},
    503: {"database_unavailable": "The database does not answer. Try again later."},
}
HEADERS: Mapping[int, Json] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Token"}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "annotator.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Json:
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Token")  # noqa: S106


def error(status: int, **codes: str | Json) -> OpenApiResponse:
    """The answer of one status code with an example for each code: its message, or the whole error object."""
    examples = [
        OpenApiExample(code, value=_example(code, told), status_codes=[str(status)]) for code, told in codes.items()
    ]
    return OpenApiResponse(ErrorSerializer, description=MESSAGES.get(status, ""), examples=examples)


def document_errors(result: Json, **generation: object) -> Json:  # noqa: ARG001  spectacular's signature
    """A drf-spectacular hook: adds to each operation the errors that it can answer with and does not describe itself.
    Where a body is taken, it is needed."""
    for operation in _operations(result):
        if "requestBody" in operation:
            operation["requestBody"]["required"] = True
        for status in _possible_errors(operation):
            operation["responses"].setdefault(str(status), _response(status))
        for status, headers in HEADERS.items():
            if str(status) in operation["responses"]:
                operation["responses"][str(status)].setdefault("headers", headers)
        operation["responses"] = dict(sorted(operation["responses"].items()))
        for content in _error_contents(operation):
            content["examples"] = {
                example["value"]["error"]["code"]: example for example in content["examples"].values()
            }
    return result


def _operations(result: Json) -> Iterator[Json]:
    for methods in result["paths"].values():
        yield from methods.values()


def _error_contents(operation: Json) -> Iterator[Json]:
    """Spectacular writes the names of examples in its own way; ours are codes."""
    for status, response in operation["responses"].items():
        if status[0] in "45" and (content := response["content"].get("application/json")):
            yield content


def _possible_errors(operation: Json) -> Iterator[int]:
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    yield from (406, 500, 503)
    if {} not in operation.get("security", [{}]):
        yield from (401, 403, 429)
    if "requestBody" in operation:
        yield from (400, 411, 413, 415)
    if "query" in places:
        yield 400
    if "path" in places:
        yield 404


def _response(status: int) -> Json:
    examples = {code: {"value": _example(code, told)} for code, told in EXAMPLES[status].items()}
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        "description": MESSAGES[status],
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }


def _example(code: str, told: str | Json) -> Json:
    return {"error": {"code": code} | ({"message": told} if isinstance(told, str) else told)}
