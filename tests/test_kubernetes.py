"""The Kubernetes manifests, held against the schemas of Kubernetes, the Dockerfile, docker-compose.yml and the settings."""

import re
import shutil
import subprocess
from functools import cache

import kubernetes_validate
import pytest
import yaml

from annotator.settings.env import BASE_DIR
from tests.containers import STAGES, own_services
from tests.test_docs import settings_read

HOME = BASE_DIR / "deploy/kubernetes"
VERSIONS = ("1.32", "1.37")  # the oldest that is looked at, and the newest that the schemas know
NEEDED = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL")
needs_kustomize = pytest.mark.skipif(
    not (shutil.which("kubectl") or shutil.which("kustomize")),
    reason="no kubectl and no kustomize here: the manifests are not built",
)
pytestmark = needs_kustomize


@cache
def build(directory: str) -> list[dict]:
    command = ["kubectl", "kustomize"] if shutil.which("kubectl") else ["kustomize", "build"]
    answer = subprocess.run([*command, str(HOME / directory)], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return list(yaml.safe_load_all(answer.stdout))


def example(kind: str) -> dict[str, dict]:
    return {one["metadata"]["name"]: one for one in build("overlays/example") if one["kind"] == kind}


def pods() -> dict[str, dict]:
    """What runs: name -> the pod's spec."""
    return {
        name: one["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for name, one in example(kind).items()
    }


def containers() -> list[dict]:
    return [one for pod in pods().values() for one in [*pod["containers"], *pod.get("initContainers", ())]]


def container(name: str) -> dict:
    (one,) = pods()[name]["containers"]
    return one


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("directory", ["base", "overlays/example"])
def test_every_resource_is_what_kubernetes_takes(directory, version):
    built = build(directory)
    assert len(built) > 10
    for resource in built:
        kubernetes_validate.validate(resource, version, strict=True)


def test_there_is_a_pod_for_every_service_with_the_same_image_and_command():
    in_compose = {name: (one["build"]["target"], one["command"]) for name, one in own_services().items()}
    in_cluster = {name: (image_of(container(name)), container(name)["args"]) for name in pods()}
    assert in_cluster == in_compose
    assert {image_of(one) for one in containers()} <= set(STAGES)


def image_of(one: dict) -> str:
    assert "command" not in one or one["name"] != "desk", "`command` would replace tini: give `args`"
    return re.fullmatch(r"registry\.example/lineup-desk-(\w+):\d+\.\d+\.\d+", one["image"])[1]


def test_settings_are_known_and_hold_no_secret():
    (settings,) = example("ConfigMap").values()
    names = set(settings["data"])
    assert {name.removesuffix("_FILE") for name in names} <= settings_read()
    assert not names & set(NEEDED)
    assert {*NEEDED, "ALLOWED_HOSTS"} <= {name.removesuffix("_FILE") for name in names}


def test_every_secret_is_a_file_that_a_setting_names():
    (settings,) = example("ConfigMap").values()
    files = {value for name, value in settings["data"].items() if name.endswith("_FILE")}
    for name, pod in pods().items():
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        secret = volumes["secrets"]["secret"]
        (mount,) = [one for one in container(name)["volumeMounts"] if one["name"] == "secrets"]
        assert {f"{mount['mountPath']}/{item['path']}" for item in secret["items"]} == files
        assert secret["secretName"] == "lineup-desk"
    assert example("Secret") == {}


def test_everything_that_is_named_exists():
    settings, claims = example("ConfigMap"), example("PersistentVolumeClaim")
    for pod in pods().values():
        for one in [*pod["containers"], *pod.get("initContainers", ())]:
            assert all(source["configMapRef"]["name"] in settings for source in one["envFrom"])
            assert {mount["name"] for mount in one["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        assert {v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v} <= set(
            claims
        )
    for scaler in example("HorizontalPodAutoscaler").values():
        target = example("Deployment")[scaler["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"]
    (path,) = example("Ingress")["web"]["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["name"] in example("Service")


def test_every_selector_finds_pods():
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in example("Deployment").values()]
    selectors = [one["spec"]["selector"]["matchLabels"] for one in example("PodDisruptionBudget").values()]
    selectors += [one["spec"]["selector"] for one in example("Service").values()]
    selectors += [one["spec"]["podSelector"].get("matchLabels", {}) for one in example("NetworkPolicy").values()]
    assert len(selectors) == 5
    for selector in selectors:
        assert any(selector.items() <= found.items() for found in labels)


def test_every_container_is_held_in_bounds():
    for pod in pods().values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert str(pod["securityContext"]["runAsUser"]) == STAGES["web"].last("USER")
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for one in containers():
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert one["resources"]["limits"]["memory"]
        assert set(one["resources"]["requests"]) == {"cpu", "memory"}


def test_probes_ask_what_compose_asks():
    checks = {
        "worker": STAGES["worker"].last("HEALTHCHECK"),
        "files": STAGES["trainer"].last("HEALTHCHECK"),
        "trainer": STAGES["trainer"].last("HEALTHCHECK"),
        "beat": own_services()["beat"]["healthcheck"]["test"][-1],
    }
    for name, check in checks.items():
        probes = [container(name)[probe] for probe in ("readinessProbe", "livenessProbe") if probe in container(name)]
        assert probes
        assert all(probe["exec"]["command"][-1] in check for probe in probes)


def test_web_is_probed_at_routes_that_exist(client, db):
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container("web")[probe]["httpGet"]
        (host,) = [header["value"] for header in asked["httpHeaders"] if header["name"] == "Host"]
        assert client.get(asked["path"], HTTP_HOST=host).status_code == 200
        assert asked["port"] == container("web")["ports"][0]["name"]


def test_a_worker_is_killed_only_after_it_has_given_its_tasks_back():
    for name in ("worker", "files", "trainer"):
        own = float(STAGES[own_services()[name]["build"]["target"]].environment["WORKER_STOP_SECONDS"])
        assert pods()[name]["terminationGracePeriodSeconds"] >= own + 15


def test_one_beat_at_a_time():
    assert example("Deployment")["beat"]["spec"]["strategy"] == {"type": "Recreate"}
    assert example("Deployment")["beat"]["spec"]["replicas"] == 1


def test_autoscaler_asks_for_a_metric_that_the_desk_gives(client, db, settings):
    settings.METRICS_OPEN = True
    given = client.get("/api/v1/metrics").content.decode()
    (metric,) = example("HorizontalPodAutoscaler")["worker"]["spec"]["metrics"]
    name = metric["external"]["metric"]["name"]
    assert re.search(rf"^{name} ", given, re.MULTILINE)
    rules = yaml.safe_load((HOME / "components/prometheus/adapter-rules.yaml").read_text(encoding="utf8"))
    assert [rule["seriesQuery"] for rule in rules["rules"]["external"]] == [name]


def test_monitor_scrapes_the_port_and_route_of_web():
    monitor = yaml.safe_load((HOME / "components/prometheus/pod-monitor.yaml").read_text(encoding="utf8"))
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] == container("web")["ports"][0]["name"]
    assert endpoint["path"] == "/api/v1/metrics"
    labels = example("Deployment")["web"]["spec"]["template"]["metadata"]["labels"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
