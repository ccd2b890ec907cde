"""The rules and the dashboard that come with the desk ask for figures that it has."""

import json
import re

import pytest
import yaml
from django.urls import get_resolver
from prometheus_client.parser import text_string_to_metric_families

from annotator.domain.estimates import Share
from annotator.enums import Band
from annotator.settings.env import BASE_DIR
from tests.factories import make_annotation

RULES = yaml.safe_load((BASE_DIR / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
PANELS = json.loads((BASE_DIR / "deploy/grafana/lineup-desk.json").read_text())["panels"]
EXPRESSIONS = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]


@pytest.fixture
def figures(leader, model_version, monkeypatch) -> str:
    monkeypatch.setattr("annotator.api.metrics.auto_error", lambda _judged: Share(0.1, 0.05, 0.2, 40))
    make_annotation()
    leader.get("/api/v1/metrics")  # so that there is an answer that was timed
    return leader.get("/api/v1/metrics").content.decode()


@pytest.fixture(autouse=True)
def _nothing_remembered():
    from annotator.api.metrics import memory

    memory.clear()
    yield
    memory.clear()


@pytest.mark.parametrize("expression", sorted(set(EXPRESSIONS)))
def test_every_figure_and_label_exists(expression, figures):
    samples = [sample for family in text_string_to_metric_families(figures) for sample in family.samples]
    known: dict[str, set[str]] = {}
    for sample in samples:
        known.setdefault(sample.name, set()).update(sample.labels)
    asked = re.findall(r"(lineup_\w+)(?:\{([^}]*)\})?", expression)
    assert asked
    for name, labels in asked:
        if name != "lineup_jobs":  # without work there is none
            assert name in known
            assert set(re.findall(r"(\w+)=", labels)) <= known[name]


def test_the_error_of_the_audit_and_the_ages_of_the_bands(figures):
    for line in (
        'lineup_audit_error_ratio{of="low"} 0.05',
        "lineup_audited_titles 40.0",
        'lineup_alert{code="queue_age"} 0.0',
        *(f'lineup_queue_band_oldest_seconds{{band="{band}"}} 0.0' for band in Band.values),
    ):
        assert line in figures


def test_answers_are_timed_by_route_and_not_by_address(leader, figures):
    for number in range(3):
        leader.get(f"/api/v1/titles/{number + 4711}")
        leader.get(f"/nowhere/{number}")
    told = leader.get("/api/v1/metrics").content.decode()
    assert re.search(r'lineup_http_seconds_count\{method="GET",route="api_title",status="4xx"\} \d', told)
    routes = {route for route in re.findall(r'route="([^"]*)"', told) if ":" not in route}  # admin:…
    assert routes <= {"none", *(key for key in get_resolver().reverse_dict if isinstance(key, str))}
