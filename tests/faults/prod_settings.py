"""The settings of production with one task more: slow enough to be interrupted."""

from annotator.settings.prod import *  # noqa: F403
from annotator.settings.prod import CELERY_IMPORTS

CELERY_IMPORTS = [*CELERY_IMPORTS, "tests.faults.slow_task"]
