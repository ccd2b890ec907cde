"""How long answers take, by route, for Prometheus."""

import os
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY, CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = {"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}
answers = Histogram(
    "lineup_http_seconds", "Time until an answer was ready.", ["method", "route", "status"], buckets=SECONDS
)


def process_registry() -> CollectorRegistry:
    """What this server has seen since it started: of all its processes, where there are several (gunicorn.conf.py), else of this one with
    its memory and processor time."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


class RequestTimesMiddleware:
    """Counts each answer under the name of its route, never under its address: there are as many of those as there are titles."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in METHODS else "other"
        answers.labels(method, route, f"{response.status_code // 100}xx").observe(time.perf_counter() - begun)
        return response
