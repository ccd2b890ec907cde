from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from annotator.api import readiness
from annotator.domain.queries import queue
from annotator.models import ModelVersion, WorkerHeartbeat
from tests.factories import make_model_version

LIVE, READY = "/api/v1/health/live", "/api/v1/health/ready"
UP = {"database": "ok", "broker": "ok", "worker": "ok", "model": "ok"}


@pytest.fixture
def desk(db):
    """Everything runs."""
    make_model_version()
    WorkerHeartbeat.objects.create(hostname="worker@here", seen_at=timezone.now())


def down(parts):
    return UP | dict.fromkeys(parts, "down")


def test_live_looks_at_nothing(nobody, django_assert_num_queries):
    response = nobody.get(LIVE)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_when_every_part_answers(nobody, desk):
    response = nobody.get(READY)

    assert (response.status_code, response.json()) == (200, {"status": "ready", "parts": UP})


def test_a_silent_worker_is_named(nobody, desk):
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=5))

    response = nobody.get(READY)

    assert response.status_code == 503
    assert response.json() == {
        "status": "not_ready",
        "parts": down(["worker"]),
        "error": {"code": "not_ready", "message": "Not ready: worker."},
    }


def test_a_missing_model_is_named(nobody, desk):
    ModelVersion.objects.update(state="retired")

    assert nobody.get(READY).json()["parts"] == down(["model"])


def test_a_broker_that_is_down_is_named(nobody, desk, monkeypatch):
    monkeypatch.setattr(queue, "broker_reachable", lambda: False)

    assert nobody.get(READY).json()["parts"] == down(["broker"])


def test_a_database_that_is_down_is_named(nobody, desk, monkeypatch):
    def fail():
        raise OperationalError("gone")

    monkeypatch.setattr(readiness, "worker_health", fail)
    response = nobody.get(READY)

    assert (response.status_code, response.json()["parts"]) == (503, down(["database", "worker", "model"]))


def test_a_wrong_token_does_not_matter(nobody, desk):
    assert nobody.get(READY, HTTP_AUTHORIZATION="Token nonsense").status_code == 200


def test_web_is_ready_without_worker_model_and_broker(nobody, desk, monkeypatch):
    WorkerHeartbeat.objects.all().delete()
    ModelVersion.objects.update(state="retired")
    monkeypatch.setattr(queue, "broker_reachable", lambda: False)

    response = nobody.get(READY, {"scope": "web"})

    assert response.status_code == 200
    assert response.json() == {"status": "ready", "parts": down(["broker", "worker", "model"])}


def test_web_is_not_ready_without_the_database(nobody, desk, monkeypatch):
    def fail():
        raise OperationalError("gone")

    monkeypatch.setattr(readiness, "worker_health", fail)
    response = nobody.get(READY, {"scope": "web"})

    assert response.status_code == 503
    assert response.json()["error"]["message"] == "Not ready: database."


def test_an_unknown_scope_is_refused(nobody, desk):
    response = nobody.get(READY, {"scope": "moon"})

    assert response.status_code == 400
    assert response.json()["error"]["field"] == "scope"
