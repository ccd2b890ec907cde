"""Signing in at another service (OpenID Connect with PKCE), where OIDC_ISSUER names one."""

import functools
import logging

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from annotator.domain.audit import record
from annotator.domain.single_sign_on import account_for
from annotator.enums import AuditAction
from annotator.exceptions import SignInRefused
from annotator.web.language import remember_language

logger = logging.getLogger(__name__)
BACKEND = "django.contrib.auth.backends.ModelBackend"
WANTED = "oidc_next"
ANSWER_SECONDS = 10


@functools.cache
def provider(issuer: str, client_id: str, secret: str):
    """The other service; what it says of itself and its keys are read once, and again when a key is new."""
    from authlib.integrations.django_client import OAuth  # noqa: PLC0415

    return OAuth().register(
        "oidc",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.OIDC_SCOPES,
            "code_challenge_method": "S256",
            "default_timeout": ANSWER_SECONDS,
        },
    )


@require_GET
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("next", "")
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    request.session[WANTED] = wanted if ours else ""
    try:
        return _provider().authorize_redirect(request, request.build_absolute_uri(reverse("single_sign_on_back")))
    except _errors() as error:
        return _refuse(request, _("The sign-in service does not answer. Try again later."), error)


@require_GET
@never_cache
def back(request: HttpRequest) -> HttpResponse:
    """Where the other service sends the browser. Its claims are verified: signature, issuer, audience, time, and that we asked."""
    wanted = request.session.pop(WANTED, "")
    try:
        token = _provider().authorize_access_token(request, claims_options=_claims_options())
        account = account_for(token["userinfo"])
    except SignInRefused as error:
        return _refuse(request, error.message, error)
    except (*_errors(), KeyError) as error:
        return _refuse(request, _("That did not work. Try again."), error)
    login(request, account, backend=BACKEND)
    response = HttpResponseRedirect(wanted or reverse("home"))
    if account.language:
        remember_language(response, account.language)
    return response


def _provider():
    if not settings.OIDC_ISSUER:
        raise Http404
    return provider(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)


def _claims_options() -> dict[str, dict[str, object]]:
    return {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
        "sub": {"essential": True},
        "exp": {"essential": True},
    }


def _errors() -> tuple[type[Exception], ...]:
    """What an answer that is wrong, forged or missing raises."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    return AuthlibBaseError, JoseError, RequestException, ValueError


def _refuse(request: HttpRequest, message: str, error: Exception) -> HttpResponse:
    """The audit log is told of people whom the service vouched for only: anybody could fill it with the rest."""
    logger.warning("Single sign-on refused: %s: %s", type(error).__name__, error)
    if isinstance(error, SignInRefused):
        record(AuditAction.SIGN_IN_FAILED, actor=None, by="single sign-on", code=error.code)
    messages.error(request, message)
    return redirect("sign_in")
