"""The language of the pages: the user's own choice, else the browser's."""

from django.middleware.locale import LocaleMiddleware


class UserLanguageMiddleware(LocaleMiddleware):
    """Django's LocaleMiddleware. Signing in copies `User.language` into the language cookie (see web.views.session), so that
    no database query is needed to know the language."""
