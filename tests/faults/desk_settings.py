"""The settings of `make run` with one task more: slow enough to be killed in the middle of."""

from annotator.settings.dev import *  # noqa: F403
from annotator.settings.dev import CELERY_IMPORTS

CELERY_IMPORTS = [*CELERY_IMPORTS, "tests.faults.slow_task"]
