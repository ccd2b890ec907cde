"""Variables of the environment that were probably meant to be settings."""

from collections.abc import Iterable
from difflib import get_close_matches

from annotator.settings.env import env

# Settings that only some processes read: gunicorn.conf.py and the settings of production and of development.
READ_ELSEWHERE = frozenset(
    {"WEB_CONCURRENCY", "WEB_THREADS", "WEB_TIMEOUT_SECONDS", "BEHIND_PROXY", "SSL_REDIRECT", "HSTS_SECONDS", "DEBUG"}
)
# Variables of others that look like ours.
OF_OTHERS = frozenset({"DJANGO_DEBUG", "LANGUAGE", "TZ", "REVISIONS", "WEB_PORT"})
CLOSE = 0.86


def known_settings() -> set[str]:
    names = env.asked | READ_ELSEWHERE
    return names | {
        f"{name}_FILE"
        for name in (
            "SECRET_KEY",
            "DATABASE_URL",
            "REDIS_URL",
            "SENTRY_DSN",
            "EMAIL_HOST_PASSWORD",
            "OIDC_CLIENT_SECRET",
        )
    }


def misspelt_variables(variables: Iterable[str]) -> dict[str, str]:
    """Variable -> the setting that it is one or two letters away from."""
    known = known_settings()
    found = {name: get_close_matches(name, known, n=1, cutoff=CLOSE) for name in set(variables) - known - OF_OTHERS}
    return {name: close[0] for name, close in sorted(found.items()) if close}
