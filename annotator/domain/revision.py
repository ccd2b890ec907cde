"""Which state of the program this is."""

import subprocess
from functools import lru_cache

from django.conf import settings

_PATIENCE_SECONDS = 5


@lru_cache
def revision() -> str:
    """The setting REVISION (an image has no repository), else the commit of the directory it runs in; empty where neither is known."""
    if settings.REVISION:
        return settings.REVISION
    command = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
