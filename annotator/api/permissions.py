"""Who may use which part of the API: the whole matrix. docs/api.md shows it, and a test holds it against every route."""

from django.utils.translation import gettext_lazy as _
from django.views import View
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotator.enums import Area, Role
from annotator.models import ApiToken, User

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
    """Allows what MATRIX says about the view's `area`; of its POST, about its `entry_area`, if it has one; and of that what the token's
    scopes leave. A view without an area is a bug and answers nobody."""

    def has_permission(self, request: Request, view: View) -> bool:
        user = request.user
        area = getattr(view, "entry_area", view.area) if request.method == "POST" else view.area
        if not user.is_authenticated or role_of(user) not in MATRIX[area]:
            return False
        if not in_scope(request.auth, area):
            raise OutOfScope
        return True


class OutOfScope(PermissionDenied):
    default_code = "out_of_scope"
    default_detail = _("This token was made for something else.")


def in_scope(token: ApiToken | None, area: Area) -> bool:
    """Sessions, and tokens without scopes, may do whatever the account may."""
    return token is None or not token.scopes or area in token.scopes


def role_of(user: User) -> Role:
    return Role.ADMIN if user.is_superuser else Role(user.role)
