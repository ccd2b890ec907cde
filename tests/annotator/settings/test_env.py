"""Settings are read once, at import: each case starts a Python of its own."""

import os
import subprocess
import sys
from urllib.parse import quote

import pytest

from annotator.settings.env import BASE_DIR

PROD = {
    "SECRET_KEY": "x" * 60,
    "DATABASE_URL": "postgres://desk@db/desk",
    "REDIS_URL": "redis://broker:6379",
    "ALLOWED_HOSTS": "desk.example",
}


def read_setting(module, expression, **environment):
    """stdout of a Python that imports the settings module and prints an expression over it; raises with stderr if it fails."""
    code = f"import {module} as settings; print({expression})"
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    result = subprocess.run(
        [sys.executable, "-c", code], env=inherited | environment, cwd=BASE_DIR, capture_output=True, text=True
    )
    if result.returncode:
        raise RuntimeError(result.stderr)
    return result.stdout.rstrip("\n")


def refusal(module, **environment):
    with pytest.raises(RuntimeError) as error:
        read_setting(module, "settings", **environment)
    return str(error.value).splitlines()[-1]


@pytest.mark.parametrize("name", PROD)
def test_prod_refuses_to_start_without_a_secret(name):
    last_line = refusal("annotator.settings.prod", **{key: value for key, value in PROD.items() if key != name})
    assert f"Production needs {name}: set them in the environment (or as NAME_FILE)" in last_line


def test_prod_names_all_that_is_missing_at_once():
    assert "Production needs SECRET_KEY, DATABASE_URL, REDIS_URL, ALLOWED_HOSTS" in refusal("annotator.settings.prod")


def test_prod_reads_secrets_from_files(tmp_path):
    secret = tmp_path / "secret_key"
    secret.write_text("from the file\n")
    environment = {key: value for key, value in PROD.items() if key != "SECRET_KEY"}
    read = read_setting("annotator.settings.prod", "settings.SECRET_KEY", SECRET_KEY_FILE=str(secret), **environment)
    assert read == "from the file"


def test_a_secret_file_that_is_missing_stops_the_start(tmp_path):
    last_line = refusal("annotator.settings.prod", **PROD, SECRET_KEY_FILE=str(tmp_path / "absent"))
    assert 'Environment variable "SECRET_KEY_FILE" names a file that cannot be read' in last_line


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("WORKER_CONCURRENCY", "two", "Not a valid integer"),
        ("DEBUG", "perhaps", "Not a valid boolean"),
        ("BAND_HIGH", "1.5", "must lie between 0 and 1, not 1.5"),
        ("BAND_MIDDLE", "sixty", "Not a valid number"),
        ("BAND_HIGH_PER_LABEL", "PER=high", "Not a valid number"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_its_variable(name, value, reason, tmp_path):
    last_line = refusal("annotator.settings.dev", VAR_DIR=str(tmp_path), **{name: value})
    assert f'"{name}"' in last_line
    assert reason in last_line


def test_dev_makes_its_secret_once(tmp_path):
    first = read_setting("annotator.settings.dev", "settings.SECRET_KEY", VAR_DIR=str(tmp_path))
    assert len(first) > 50
    assert read_setting("annotator.settings.dev", "settings.SECRET_KEY", VAR_DIR=str(tmp_path)) == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_paths_with_blanks_and_accents_reach_database_and_broker(tmp_path):
    var = tmp_path / "mon bureau é?#"
    name, broker = read_setting(
        "annotator.settings.dev",
        "settings.DATABASES['default']['NAME'], settings.CELERY_BROKER_URL, sep='\\n'",
        VAR_DIR=str(var),
    ).split("\n")
    assert name == str(var / "db.sqlite3")
    assert broker == "redis+socket://" + quote(str(var / "broker.sock"))


def test_database_and_broker_urls_replace_the_embedded_ones(tmp_path):
    read = read_setting(
        "annotator.settings.dev",
        "settings.DATABASES['default']['ENGINE'], settings.CELERY_BROKER_URL, settings.CACHES['default']['LOCATION']",
        VAR_DIR=str(tmp_path),
        DATABASE_URL="postgres://desk@db/desk",
        REDIS_URL="redis://broker:6379/0",
    )
    assert read == "django.db.backends.postgresql redis://broker:6379/0 redis://broker:6379/0"


def test_queue_strategy_is_one_of_the_known_words():
    assert read_setting("annotator.settings.dev", "settings.QUEUE_STRATEGY", QUEUE_STRATEGY="random") == "random"
    last_line = refusal("annotator.settings.dev", QUEUE_STRATEGY="clever")
    assert "must be one of mixed, uncertain, diverse, random, not clever" in last_line
