"""The language of the pages: the user's own choice, else the browser's."""

from django.conf import settings
from django.http import HttpResponse
from django.middleware.locale import LocaleMiddleware


class UserLanguageMiddleware(LocaleMiddleware):
    """Django's LocaleMiddleware. Signing in copies `User.language` into the language cookie (see web.views.session), so that
    no database query is needed to know the language."""


def remember_language(response: HttpResponse, language: str) -> None:
    """Keeps the choice in the browser; an empty choice goes back to the browser's own languages."""
    if not language:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
