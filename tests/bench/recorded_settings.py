"""The settings of `make run` with a tagger that gives recorded readings after a pause."""

from annotator.settings.dev import *  # noqa: F403
from annotator.settings.dev import CELERY_IMPORTS

CELERY_IMPORTS = [*CELERY_IMPORTS, "tests.bench.recorded_tagger"]
