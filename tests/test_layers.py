"""What may be loaded where. The import contracts themselves are in pyproject.toml and are checked by lint-imports in CI."""

import subprocess
import sys

from annotator.settings.env import BASE_DIR

HEAVY = ("torch", "transformers", "openvino", "tokenizers")
LOADED = f"import sys; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
START_WEB = """
import annotator.wsgi
from django.core import checks
from django.urls import get_resolver
checks.run_checks()
get_resolver().url_patterns
"""
START_WORKER = "from annotator.celery_app import app; app.loader.import_default_modules()"


def loaded_after(code, tmp_path):
    environment = {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "annotator.settings.dev"}
    command = [sys.executable, "-c", f"{code}\n{LOADED}"]
    result = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_web_start_loads_no_deep_learning_library(tmp_path):
    assert loaded_after(START_WEB, tmp_path) == "[]"


def test_worker_start_loads_no_deep_learning_library(tmp_path):
    """Torch that worked before a fork hangs after it; each worker process loads it for itself."""
    assert loaded_after(START_WORKER, tmp_path) == "[]"


def test_the_look_at_loaded_modules_finds_what_is_loaded(tmp_path):
    assert loaded_after("import tokenizers", tmp_path) == "['tokenizers']"
