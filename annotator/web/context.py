"""What every page shows."""

from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001  Django's signature
    return {}
