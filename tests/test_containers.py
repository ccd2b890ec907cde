"""The container files, as far as they can be checked without a container engine."""

import fnmatch
import re

import pytest
import yaml

from annotator.settings.env import BASE_DIR
from tests.test_docs import settings_read

COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text(encoding="utf8"))
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text(encoding="utf8")
STORES = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_has_a_health_check(name):
    service = COMPOSE["services"][name]
    stage = service.get("build", {}).get("target", "")
    in_image = re.search(rf"AS {stage}\n(?:(?!^FROM).*\n)*?HEALTHCHECK", DOCKERFILE, re.MULTILINE) if stage else None
    assert "healthcheck" in service or in_image


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_environment_holds_known_variables_and_no_secret(name):
    environment = COMPOSE["services"][name].get("environment", {})
    assert {variable.removesuffix("_FILE") for variable in environment} <= settings_read() | STORES
    for variable in ("SECRET_KEY", "DATABASE_URL", "POSTGRES_PASSWORD"):
        assert variable not in environment
        assert environment.get(f"{variable}_FILE", "/run/secrets/").startswith("/run/secrets/")


def test_every_build_target_exists():
    targets = {service["build"]["target"] for service in COMPOSE["services"].values() if "build" in service}
    assert targets == {"web", "worker"}
    assert targets <= set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))


def test_image_runs_as_an_ordinary_user():
    before_first_command = DOCKERFILE.split("CMD", 1)[0]
    assert "\nUSER lineup\n" in before_first_command


def test_build_context_holds_what_is_copied_and_nothing_else():
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for source in line.split()
    }
    rules = (BASE_DIR / ".dockerignore").read_text(encoding="utf8").splitlines()
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert [name for name in copied if not (BASE_DIR / name).exists()] == []
    assert not any(fnmatch.fnmatch("var", rule.removeprefix("!")) for rule in rules if rule.startswith("!"))
