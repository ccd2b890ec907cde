"""Addresses below /api/ that lead nowhere."""

from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from annotator.api.views.health import OpenView


class UnknownRoute(OpenView):
    """404 in the shape of every other error, whatever the method."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound
