"""Gauges for Prometheus, read from the database at the moment of the scrape: right for any number of web processes."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from annotator.domain.queries.queue import queue_counts, worker_health
from annotator.enums import ModelState
from annotator.models import ModelVersion


class DeskCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from _queue_metrics()
        yield from _worker_metrics()
        yield _model_metric()


def desk_registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DeskCollector())
    return registry


def _queue_metrics() -> Iterator[Metric]:
    counts = queue_counts()
    waiting = GaugeMetricFamily("lineup_queue_titles", "Titles that wait for review.", labels=["band"])
    for band, count in counts.waiting.items():
        waiting.add_metric([band], count)
    yield waiting
    settled = GaugeMetricFamily("lineup_settled_titles", "Settled titles, by source.", labels=["source"])
    for source, count in counts.settled.items():
        settled.add_metric([source], count)
    yield settled
    yield GaugeMetricFamily("lineup_new_titles", "Titles that no model has read yet.", counts.new)
    yield GaugeMetricFamily("lineup_flagged_titles", "Titles that wait for a lead.", counts.flagged)
    yield GaugeMetricFamily("lineup_disputed_titles", "Titles that two people read differently.", counts.disputed)
    yield GaugeMetricFamily("lineup_leased_titles", "Titles on loan to reviewers.", counts.leased)
    oldest = counts.oldest_wait.total_seconds() if counts.oldest_wait else 0
    yield GaugeMetricFamily("lineup_queue_oldest_seconds", "How long the title that waits longest has waited.", oldest)


def _worker_metrics() -> Iterator[Metric]:
    health = worker_health()
    alive = sum(worker.alive for worker in health.workers)
    yield GaugeMetricFamily("lineup_workers_alive", "Workers that gave a sign of life lately.", alive)
    yield GaugeMetricFamily("lineup_broker_up", "Whether the broker answers.", int(health.broker_reachable))
    yield GaugeMetricFamily(
        "lineup_untagged_late_titles", "Titles that no worker has read for over a minute.", health.untagged_late
    )


def _model_metric() -> Metric:
    model = InfoMetricFamily("lineup_model", "The active model version.")
    version = ModelVersion.objects.filter(state=ModelState.ACTIVE).first()
    if version is not None:
        model.add_metric([], {"version": version.name, "digest": version.digest})
    return model
