"""Request bodies: strict JSON, so that no two readers of the same body can understand different things."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, get_encoding

SIGNS_PER_TITLE = 100


class StrictJSONParser(JSONParser):
    """JSON without NaN, Infinity, repeated keys or nesting that no title needs. Each refusal is a ParseError with its code:
    invalid_json, invalid_encoding, repeated_key, nested_too_deeply, too_complex."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> object:
        text = _decode(stream.read(), get_encoding(parser_context or {}))
        _refuse_too_complex(text)
        try:
            return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object_of)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply."), code="nested_too_deeply") from error
        except ValueError as error:
            raise ParseError(_("Not JSON: %(reason)s") % {"reason": error}, code="invalid_json") from error


def _decode(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        message = _("The body is not %(encoding)s: byte %(position)d does not fit.")
        values = {"encoding": encoding, "position": error.start}
        raise ParseError(message % values, code="invalid_encoding") from error


def _refuse_too_complex(text: str) -> None:
    """Ten million empty objects fit into a body, but not into memory. Signs inside of titles count too; the limit is far from them."""
    limit = SIGNS_PER_TITLE * settings.BATCH_MAX_TITLES
    if any(text.count(sign) > limit for sign in '[{",'):
        raise ParseError(_("The body holds more values than any request needs."), code="too_complex")


def _refuse_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError(_("A key appears twice in one JSON object."), code="repeated_key")
    return found
