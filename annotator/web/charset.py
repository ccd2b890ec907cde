"""Forms come in UTF-8, as every browser sends them to these pages."""

import codecs
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class Utf8FormsMiddleware:
    """Refuses (400) a form that names another charset: Python has some that make texts which no database takes, or fail half-way.

    Django itself refuses them of forms without files.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_form = request.content_type == "multipart/form-data"
        if is_form and request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            raise BadRequest("A form must be in UTF-8.")
        return self._get_response(request)
