"""What a browser needs of the server and a client service does not: half of Django's way through a request is cookies, sessions and files.

A call of a service says who it is by a token alone: nothing in it is taken from a cookie, so it needs no session and no messages. Calls
of the API without a token (staff use it from their browser) go the way of the pages. The middleware against forged requests stays in
everybody's way: it costs next to nothing, and the views of the API are exempt from it.
"""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from annotator.web.compression import CompressedPagesMiddleware

PREFIXES = ("/api/v1/", "/extract_from_")
SCHEME = "token "
POLICY = "default-src 'none'; frame-ancestors 'none'"


def is_service_call(request: HttpRequest) -> bool:
    """By address and kind of credentials; whether the token is a good one is for the view to find out."""
    return request.path_info.startswith(PREFIXES) and request.META.get("HTTP_AUTHORIZATION", "")[:6].lower() == SCHEME


class _PagesOnly:
    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request) if is_service_call(request) else super().__call__(request)


class PageFilesMiddleware(_PagesOnly, WhiteNoiseMiddleware):
    pass


class PageCompressionMiddleware(_PagesOnly, CompressedPagesMiddleware):
    pass


class PageSessionMiddleware(_PagesOnly, SessionMiddleware):
    pass


class PageAuthenticationMiddleware(_PagesOnly, AuthenticationMiddleware):
    pass


class PageMessageMiddleware(_PagesOnly, MessageMiddleware):
    pass


class PageHtmxMiddleware(_PagesOnly, HtmxMiddleware):
    pass


class ContentPolicyMiddleware(CSPMiddleware):
    """The policy of the settings for pages, one that allows nothing for JSON."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_service_call(request):
            return super().__call__(request)
        response = self.get_response(request)
        response.headers.setdefault(HEADER, POLICY)
        return response
