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
    ARTIST_ENTRY = "artist_entry"
    ARTIST_MERGES = "artist_merges"
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
    Area.ARTIST_ENTRY: STAFF,
    Area.ARTIST_MERGES: LEADS,
    Area.SNAPSHOTS: LEADS,
    Area.MODELS: EVERYONE,
    Area.METRICS: LEADS,
}


class MatrixPermission(BasePermission):
    """Allows what MATRIX says about the view's `area`; of its POST, about its `entry_area`, if it has one. A view without an area is a
    bug and answers nobody."""

    def has_permission(self, request: Request, view: View) -> bool:
        user = request.user
        area = getattr(view, "entry_area", view.area) if request.method == "POST" else view.area
        return user.is_authenticated and role_of(user) in MATRIX[area]


def role_of(user: User) -> Role:
    return Role.ADMIN if user.is_superuser else Role(user.role)
