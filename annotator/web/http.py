"""Small answers that several pages share."""

from pathlib import Path

from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from annotator.models import User


class DeskRequest(HttpRequest):
    """A request after the middleware: who asks, and whether htmx asks for a part of the page."""

    user: User | AnonymousUser
    htmx: HtmxDetails


def is_part(request: DeskRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def render_part(request: DeskRequest, page: str, part: str, context: dict, *, status: int = 200) -> HttpResponse:
    """The whole page, or only the named part of it when htmx asks for that; on the way back in its history it asks for all."""
    in_part = is_part(request)
    response = render(request, part if in_part else page, context | {"is_part": in_part}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def send_file(path: Path, *, inside: Path, name: str) -> FileResponse:
    """A download of `path`; 404 when it is gone or lies outside the directory `inside`."""
    resolved = path.resolve()
    if not resolved.is_relative_to(inside.resolve()) or not resolved.is_file():
        raise Http404
    return FileResponse(resolved.open("rb"), as_attachment=True, filename=name)


def query_without_place(params: QueryDict) -> str:
    """The query string of a search without its place in the list: what the links to other pages of the list begin with."""
    kept = params.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    return f"{kept.urlencode()}&" if kept else ""
