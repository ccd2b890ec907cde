"""Who may open a page. Foreign and missing rows are both 404; a page that is not for your role is 403."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

View = Callable[..., HttpResponse]


def reviewer_required(view: View) -> View:
    """Any signed-in member of staff; client services get the 403 page.

    An htmx poll of someone signed out moves the whole page to the sign-in.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return _send_to_sign_in(request)
        if request.user.is_client:
            raise PermissionDenied(_("Your account may not open this page. A lead or an admin can."))
        return view(request, *args, **kwargs)

    return checked


def lead_required(view: View) -> View:
    """Leads and admins; reviewers get the 403 page."""

    @wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_lead:
            raise PermissionDenied(_("This page is for leads."))
        return view(request, *args, **kwargs)

    return reviewer_required(checked)


def _send_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.htmx:
        page = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(page, resolve_url("sign_in")).url)
    return redirect_to_login(request.get_full_path())
