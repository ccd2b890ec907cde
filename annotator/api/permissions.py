"""Who may use which part of the API: the whole matrix. docs/api.md shows it, and a test holds it against every route."""

from enum import StrEnum

from django.views import View
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotator.enums import Role
from annotator.models import User


class Area(StrEnum):
    PREDICT = "predict"
    BATCHES = "batches"
    TITLES = "titles"
    ARTISTS = "artists"
    SNAPSHOTS = "snapshots"
    MODELS = "models"
    METRICS = "metrics"


EVERYONE = frozenset(Role)
STAFF = frozenset({Role.REVIEWER, Role.LEAD, Role.ADMIN})
LEADS = frozenset({Role.LEAD, Role.ADMIN})

# Batches: everyone sees the own ones, leads see all (views.batches). Health, schema and docs tell nothing about the data and are open.
MATRIX: dict[Area, frozenset[Role]] = {
    Area.PREDICT: EVERYONE,
    Area.BATCHES: EVERYONE,
    Area.TITLES: STAFF,
    Area.ARTISTS: EVERYONE,
    Area.SNAPSHOTS: LEADS,
    Area.MODELS: EVERYONE,
    Area.METRICS: LEADS,
}


class MatrixPermission(BasePermission):
    """Allows what MATRIX says about the view's `area`. A view without one is a bug and answers nobody."""

    def has_permission(self, request: Request, view: View) -> bool:
        user = request.user
        return user.is_authenticated and role_of(user) in MATRIX[view.area]


def role_of(user: User) -> Role:
    return Role.ADMIN if user.is_superuser else Role(user.role)
