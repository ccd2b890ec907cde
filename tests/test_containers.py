"""The container files, as far as they can be checked without a container engine."""

import fnmatch
import re
import shutil
import subprocess

import pytest
from django.conf import settings

from annotator.settings.env import BASE_DIR
from tests.containers import COMPOSE, DOCKERFILE, STAGES, own_services, queues_of, seconds
from tests.test_docs import settings_read

STORES = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"}
OF_PYTHON = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE", "OMP_NUM_THREADS"}
OF_LIBRARIES = {"TOKENIZERS_PARALLELISM", "MALLOC_ARENA_MAX"}
TARGETS = ("web", "worker", "trainer")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_has_a_health_check(name):
    service = COMPOSE["services"][name]
    stage = STAGES.get(service.get("build", {}).get("target"))
    assert "healthcheck" in service or stage.last("HEALTHCHECK")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_environment_holds_known_variables_and_no_secret(name):
    environment = COMPOSE["services"][name].get("environment", {})
    assert {variable.removesuffix("_FILE") for variable in environment} <= settings_read() | STORES
    for variable in ("SECRET_KEY", "DATABASE_URL", "POSTGRES_PASSWORD"):
        assert variable not in environment
        assert environment.get(f"{variable}_FILE", "/run/secrets/").startswith("/run/secrets/")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_is_held_in_bounds(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert set(service["deploy"]["resources"]["limits"]) == {"memory", "cpus"}
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", own_services())
def test_scratch_files_go_to_memory_and_data_to_a_volume(name):
    service = own_services()[name]
    assert any(place.startswith("/tmp") for place in service["tmpfs"])
    assert service["volumes"] == [f"desk:{STAGES['web'].environment['VAR_DIR']}"]


def test_every_build_target_exists_and_every_image_is_built_of_one():
    built = {(service["image"], service["build"]["target"]) for service in own_services().values()}
    assert built == {(f"lineup-desk-{target}", target) for target in TARGETS}
    assert set(TARGETS) <= set(STAGES)


@pytest.mark.parametrize("target", TARGETS)
def test_image_runs_as_an_ordinary_user_below_tini(target):
    stage = STAGES[target]
    assert stage.last("USER") == "10001"
    assert "--uid 10001" in DOCKERFILE
    assert stage.last("ENTRYPOINT") == '["tini", "--"]'
    assert stage.last("HEALTHCHECK")


@pytest.mark.parametrize("target", TARGETS)
def test_variables_of_an_image_are_settings_or_those_of_python(target):
    known = settings_read() | OF_PYTHON | OF_LIBRARIES
    assert sorted(set(STAGES[target].environment) - known) == []


def test_only_the_trainer_holds_the_whole_list_of_packages():
    def packages(target: str) -> str:
        return next(line for line in STAGES[target].lines if line.endswith("/opt/venv /opt/venv"))

    assert [packages(target).split()[1] for target in TARGETS] == [
        "--from=light-packages", "--from=light-packages", "--from=all-packages",
    ]  # fmt: skip


@pytest.mark.parametrize(("service", "target"), [("web", "web"), ("worker", "worker")])
def test_an_image_does_by_itself_what_its_service_does(service, target):
    assert STAGES[target].command == COMPOSE["services"][service]["command"]


def test_every_queue_has_a_worker_and_none_has_two_kinds():
    queues = [queue for service in own_services().values() for queue in queues_of(service["command"])]
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert sorted(queues) == sorted(routed | {settings.CELERY_TASK_DEFAULT_QUEUE})


@pytest.mark.parametrize("name", [name for name, one in own_services().items() if queues_of(one["command"])])
def test_a_worker_is_killed_only_after_it_has_given_its_tasks_back(name):
    service = own_services()[name]
    own = float(STAGES[service["build"]["target"]].environment["WORKER_STOP_SECONDS"])
    assert seconds(service["stop_grace_period"]) >= own + 15


def test_base_image_is_pinned():
    assert re.search(r"^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-bookworm$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) - set(STAGES) == {"${PYTHON_IMAGE}"}
    assert not any(service["image"].endswith(":latest") for service in COMPOSE["services"].values())


def test_build_context_holds_what_is_copied_and_nothing_else():
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for source in line.split()
    }
    rules = (BASE_DIR / ".dockerignore").read_text(encoding="utf8").splitlines()
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert [name for name in copied if not (BASE_DIR / name).exists()] == []
    assert not any(fnmatch.fnmatch("var", rule.removeprefix("!")) for rule in rules if rule.startswith("!"))


def test_variables_that_compose_asks_for_are_in_the_example():
    text = (BASE_DIR / "docker-compose.yml").read_text(encoding="utf8")
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    example = set(re.findall(r"^([A-Z_]+)=", (BASE_DIR / ".env.example").read_text(encoding="utf8"), re.MULTILINE))
    assert asked == example


@pytest.mark.skipif(
    not shutil.which("docker-compose"), reason="no Compose here: docker-compose.yml is checked by the tests above"
)
def test_compose_itself_accepts_the_file():
    command = ["docker-compose", "--env-file", ".env.example", "config", "--quiet"]
    answer = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "")
