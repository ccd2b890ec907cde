"""Settings that cannot work are told at start, each with what to set."""

import os
import subprocess
import sys

import pytest
from django.core.checks import Error
from django.core.checks import Warning as Warn

from annotator import checks
from annotator.settings import misspelt
from annotator.settings.env import BASE_DIR, env
from annotator.settings.limits import LIMITS, WORDS
from tests.test_docs import settings_read

GOOD_SECRET = "q8Zt" * 3 + "Vn3xLp0sRk7bWy2mHd5c"


@pytest.mark.parametrize(
    ("check", "changes", "code", "told"),
    [
        (checks.check_band_limits, {"BAND_MIDDLE": 0.95, "BAND_HIGH": 0.9}, "E001", "BAND_MIDDLE (now 0.95)"),
        (checks.check_lease, {"LEASE_SECONDS": 5}, "E002", "LEASE_SECONDS to 30"),
        (checks.check_limits_of_labels, {"BAND_HIGH_PER_LABEL": {"BAND": 0.95}}, "E003", "PER, LOC, ORG, MISC, DATE"),
        (checks.check_limits_of_labels, {"BAND_HIGH_PER_LABEL": {"PER": 1.5}}, "E003", "to 1"),
        (checks.check_limits_of_labels, {"BAND_HIGH_PER_LABEL": {"PER": 0.5}}, "E003", "from 0.9 (BAND_HIGH)"),
        (
            checks.check_times_of_tasks,
            {"CELERY_TASK_TIME_LIMIT": 10**6},
            "E004",
            "above TASK_TIME_LIMIT_SECONDS (now 1000000)",
        ),
        (checks.check_times_of_tasks, {"JOB_SILENT_SECONDS": 60}, "E005", "JOB_SILENT_SECONDS (now 60) above"),
        (checks.check_directories, {"MODELS_DIR": BASE_DIR / "manage.py/models"}, "E006", "Set MODELS_DIR"),
        (checks.check_engine, {"TAGGER_ENGINE": "abacus"}, "E007", "TAGGER_ENGINE"),
        (checks.check_secret, {"SECRET_KEY": "short", "SESSION_COOKIE_SECURE": True}, "E008", "SECRET_KEY"),
        (checks.check_secret, {"SECRET_KEY": "a" * 60, "SESSION_COOKIE_SECURE": True}, "E008", "urandom"),
        (checks.check_single_sign_on, {"OIDC_ISSUER": "https://id.example"}, "E010", "OIDC_CLIENT_SECRET"),
        (checks.check_broker, {"REDIS_URL": "amqp://rabbit"}, "E009", "redis://HOST:6379/0"),
    ],
)
def test_what_cannot_work_is_an_error_with_what_to_set(settings, check, changes, code, told):
    assert check(None) == [] or check is checks.check_secret
    for name, value in changes.items():
        setattr(settings, name, value)
    (problem,) = check(None)
    assert isinstance(problem, Error)
    assert problem.id == f"lineup.{code}"
    assert told in problem.hint


def test_a_good_secret_is_good_and_a_weak_one_of_a_trial_only_a_warning(settings):
    settings.SECRET_KEY = GOOD_SECRET
    assert checks.check_secret(None) == []
    settings.SECRET_KEY, settings.SESSION_COOKIE_SECURE = "short", False
    (problem,) = checks.check_secret(None)
    assert (type(problem), problem.id) == (Warn, "lineup.W001")


def test_a_directory_without_the_right_to_write_is_found(settings, tmp_path, monkeypatch):
    """Root, as which the tests may run, has every right: the answer of the system is given instead."""
    monkeypatch.setattr(checks.os, "access", lambda path, _mode: path != tmp_path)
    settings.VAR_DIR = tmp_path / "var"
    assert [problem.hint.split()[1] for problem in checks.check_directories(None)] == ["VAR_DIR"]


def test_a_directory_that_is_not_there_yet_is_no_problem(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "a/b/c"
    assert checks.check_directories(None) == []


MISSPELT = {
    "BAND_HIHG": "BAND_HIGH",
    "WORKER_CONCURENCY": "WORKER_CONCURRENCY",
    "ALLOWED_HOST": "ALLOWED_HOSTS",
    "REDIS_URL_FILES": "REDIS_URL_FILE",
}
ORDINARY = """
PATH HOME LANG LANGUAGE TZ VIRTUAL_ENV PYTHONPATH HOSTNAME LC_ALL TMPDIR PWD SHELL WEB_PORT OMP_NUM_THREADS HF_HUB_OFFLINE CHROMIUM
DJANGO_SETTINGS_MODULE POSTGRES_DB POSTGRES_USER KUBERNETES_PORT XDG_CONFIG_DIRS
"""


@pytest.mark.parametrize(("name", "meant"), MISSPELT.items())
def test_a_misspelt_variable_is_told_with_the_one_that_was_meant(name, meant):
    assert misspelt.misspelt_variables([name]) == {name: meant}
    (warning,) = [one for one in checks._warnings([name]) if one.id == "lineup.W002"]
    assert warning.hint == f"Did you mean {meant}?"


def test_variables_of_an_ordinary_machine_are_left_alone():
    assert misspelt.misspelt_variables(ORDINARY.split()) == {}
    assert misspelt.misspelt_variables(misspelt.known_settings()) == {}


def test_every_setting_is_known_to_the_look_for_misspelt_ones():
    assert settings_read() <= misspelt.known_settings() | env.asked


def test_limits_are_those_of_settings():
    assert set(LIMITS) | set(WORDS) <= settings_read()


def test_any_host_and_too_many_threads_are_warned_of(settings):
    settings.SESSION_COOKIE_SECURE, settings.ALLOWED_HOSTS = True, ["*"]
    settings.TAGGER_THREADS, settings.CELERY_WORKER_CONCURRENCY = 64, 64
    assert [one.id for one in checks._warnings([])] == ["lineup.W003", "lineup.W004"]


def run_check(tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "manage.py", "check"]
    environment = inherited | {"VAR_DIR": str(tmp_path)} | environment
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "WORKER_CONCURRENCY",
            "0",
            "Environment variable \"WORKER_CONCURRENCY\" invalid: ['must be between 1 and 256, not 0']",
        ),
        ("RECOVERY_SECONDS", "-5", "must be between 1 and 86400, not -5"),
        ("TRAIN_EVERY_DAYS", "-1", "must be 0 or more, not -1"),
        ("LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not LOUD"),
        ("LANGUAGE_CODE", "de", "must be one of en, fr, nl, not de"),
        ("TAGGER_ENGINE", "abacus", "must be one of openvino, openvino-float, torch, not abacus"),
    ],
)
def test_a_value_out_of_range_stops_the_start_in_one_line(tmp_path, name, value, told):
    answer = run_check(tmp_path, **{name: value})
    assert answer.returncode == 1
    assert told in answer.stderr
    assert answer.stderr.startswith("The settings cannot be used. ")
    assert "Traceback" not in answer.stderr


def test_contradictions_stop_the_start_all_at_once(tmp_path):
    answer = run_check(tmp_path, BAND_HIGH="0.5", BAND_MIDDLE="0.6", TASK_VISIBILITY_SECONDS="60", BAND_HIHG="0.9")
    assert answer.returncode == 1
    for code in ("lineup.E001", "lineup.E004", "lineup.W002"):
        assert code in answer.stderr
    assert "Did you mean BAND_HIGH?" in answer.stderr
