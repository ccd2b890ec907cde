"""Production: refuses to start without its secrets, cookies only over HTTPS, hashed static files."""

from django.core.exceptions import ImproperlyConfigured

from annotator.settings.base import *  # noqa: F403
from annotator.settings.base import ALLOWED_HOSTS, REDIS_URL, SECRET_KEY
from annotator.settings.env import env, read_secret

REQUIRED = {
    "SECRET_KEY": SECRET_KEY,
    "DATABASE_URL": read_secret("DATABASE_URL"),
    "REDIS_URL": REDIS_URL,
    "ALLOWED_HOSTS": ALLOWED_HOSTS,
}
missing = [name for name, value in REQUIRED.items() if not value]
if missing:
    message = (
        f"Production needs {', '.join(missing)}: set them in the environment (or as NAME_FILE); see docs/settings.md."
    )
    raise ImproperlyConfigured(message)

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "127.0.0.1"]  # the container asks itself whether it is well
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", True) else None
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health/"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "annotator.web.static.HashedStaticFiles"},
}
