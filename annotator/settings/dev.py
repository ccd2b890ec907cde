"""One machine, one command: what `make run` uses. Production is annotator.settings.prod."""

from annotator.settings.base import *  # noqa: F403
from annotator.settings.base import ALLOWED_HOSTS, SECRET_KEY, VAR_DIR
from annotator.settings.env import env
from annotator.settings.local_secret import read_or_create_secret

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = SECRET_KEY or read_or_create_secret(VAR_DIR / "secret_key")
ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]"]
# Static files are served from where they lie; nothing has to be collected first.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
