import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from annotator.models import WorkerHeartbeat
from tests.factories import make_annotation, make_queue_item, make_title

METRICS = "/api/v1/metrics"


def samples_of(response):
    families = text_string_to_metric_families(response.content.decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_the_figures_are_those_of_the_database(leader, model_version):
    make_title()
    make_queue_item(confidence=0.3, band="low")
    make_queue_item(confidence=0.2, band="low")
    make_annotation()
    WorkerHeartbeat.objects.create(hostname="worker@here", seen_at=timezone.now())

    samples = samples_of(leader.get(METRICS))

    waiting = {band: samples["lineup_queue_titles", band] for band in ("high", "middle", "low")}
    assert waiting == {"high": 0, "middle": 0, "low": 2}
    assert samples["lineup_new_titles",] == 1
    assert samples["lineup_settled_titles", "reviewed"] == 1
    assert samples["lineup_flagged_titles",] == 0
    assert samples["lineup_workers_alive",] == 1
    assert samples["lineup_broker_up",] == 1
    assert 0 <= samples["lineup_queue_oldest_seconds",] < 60
    assert samples["lineup_model_info", model_version.digest, model_version.name] == 1


def test_an_empty_desk_has_figures_too(leader):
    samples = samples_of(leader.get(METRICS))

    assert samples["lineup_queue_titles", "low"] == 0
    assert samples["lineup_workers_alive",] == 0


def test_a_scraper_gets_plain_text_whatever_it_accepts(leader):
    response = leader.get(
        METRICS, HTTP_ACCEPT="application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    )

    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(("opened", "status"), [(False, 401), (True, 200)])
def test_a_setting_opens_them_to_a_scraper_without_a_token(nobody, settings, db, opened, status):
    settings.METRICS_OPEN = opened

    assert nobody.get(METRICS).status_code == status
