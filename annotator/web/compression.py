"""Pages are sent compressed: the review page is 68 kB of text and 11 kB on the wire."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPagesMiddleware(GZipMiddleware):
    """HTML alone. JSON is small and wants to be quick, files are large and often compressed already; static files are so on the disk.

    Django adds a random number of bytes to each answer (Heal The Breach) and masks the CSRF token anew in each.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
