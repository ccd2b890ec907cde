"""Figures for Prometheus, read from the database at the moment of the scrape: right for any number of web processes."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.cache.backends.locmem import LocMemCache
from django.db.models import Count, Max, Model
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from annotator.domain.alerts import AUDIT_DAYS, open_alerts
from annotator.domain.estimates import Share
from annotator.domain.quality import auto_error
from annotator.domain.queries.quality import judged_titles
from annotator.domain.queries.queue import oldest_arrival, oldest_entries, queue_counts, worker_health
from annotator.enums import AlertCode, Band, DeliveryState, JobState, ModelState
from annotator.models import Delivery, Job, Lease, ModelVersion, Occurrence, Prediction

AUDIT_SECONDS = 300
FAILED_FOR = timedelta(days=1)

# The error of the audit costs half a second on a desk with a million titles: more than a scrape should.
memory = LocMemCache("desk-metrics", {"TIMEOUT": AUDIT_SECONDS})


class DeskCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from _queue_metrics()
        yield from _age_metrics()
        yield from _flow_metrics()
        yield from _work_metrics()
        yield from _worker_metrics()
        yield from _quality_metrics()
        yield _model_metric()


def desk_registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DeskCollector())
    return registry


def _queue_metrics() -> Iterator[Metric]:
    counts = queue_counts()
    yield _labelled("lineup_queue_titles", "Titles that wait for review.", "band", counts.waiting)
    yield _labelled("lineup_settled_titles", "Settled titles, by source.", "source", counts.settled)
    yield GaugeMetricFamily("lineup_new_titles", "Titles that no model has read yet.", counts.new)
    yield GaugeMetricFamily("lineup_flagged_titles", "Titles that wait for a lead.", counts.flagged)
    yield GaugeMetricFamily("lineup_disputed_titles", "Titles that two people read differently.", counts.disputed)
    yield GaugeMetricFamily("lineup_leased_titles", "Titles on loan to reviewers.", counts.leased)
    expired = Lease.objects.filter(expires_at__lte=timezone.now()).count()
    yield GaugeMetricFamily("lineup_expired_leases", "Loans that ran out without a verdict, until lent again.", expired)
    oldest = counts.oldest_wait.total_seconds() if counts.oldest_wait else 0
    yield GaugeMetricFamily("lineup_queue_oldest_seconds", "How long the title that waits longest has waited.", oldest)


def _age_metrics() -> Iterator[Metric]:
    now, oldest = timezone.now(), oldest_entries()
    ages = {band: (now - oldest[band]).total_seconds() if band in oldest else 0.0 for band in Band.values}
    yield _labelled("lineup_queue_band_oldest_seconds", "The same, for each band.", "band", ages)
    arrived = oldest_arrival()
    waits = (now - arrived).total_seconds() if arrived else 0.0
    yield GaugeMetricFamily("lineup_untagged_oldest_seconds", "Since when the oldest unread title is here.", waits)


def _flow_metrics() -> Iterator[Metric]:
    """Counted by the newest row's number, which costs nothing; numbers that were never used make it a little too much."""
    yield CounterMetricFamily("lineup_arrivals", "Titles that arrived, repeated ones included.", _newest(Occurrence))
    yield CounterMetricFamily("lineup_predictions", "Titles that a model has read.", _newest(Prediction))


def _work_metrics() -> Iterator[Metric]:
    since = timezone.now() - FAILED_FOR
    open_jobs = Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING)) | Job.objects.filter(
        state=JobState.FAILED, touched_at__gte=since
    )
    jobs = GaugeMetricFamily("lineup_jobs", "Background work; what failed, of one day.", labels=["kind", "state"])
    for kind, state, count in open_jobs.order_by().values_list("kind", "state").annotate(Count("pk")):
        jobs.add_metric([kind, state], count)
    yield jobs
    counts = dict.fromkeys((DeliveryState.WAITING, DeliveryState.FAILED), 0)
    found = Delivery.objects.filter(state__in=counts).order_by().values_list("state").annotate(Count("pk"))
    yield _labelled("lineup_webhook_messages", "Messages that have not arrived.", "state", counts | dict(found))


def _worker_metrics() -> Iterator[Metric]:
    health = worker_health()
    alive = sum(worker.alive for worker in health.workers)
    yield GaugeMetricFamily("lineup_workers_alive", "Workers that gave a sign of life lately.", alive)
    yield GaugeMetricFamily("lineup_broker_up", "Whether the broker answers.", int(health.broker_reachable))
    yield GaugeMetricFamily(
        "lineup_untagged_late_titles", "Titles that no worker has read for over a minute.", health.untagged_late
    )


def _quality_metrics() -> Iterator[Metric]:
    error = memory.get_or_set("audit", _audit_error)
    if error:
        ends = {"estimate": error.value, "low": error.low, "high": error.high}
        yield _labelled("lineup_audit_error_ratio", "Share of automatic readings that are wrong.", "of", ends)
        yield GaugeMetricFamily("lineup_audited_titles", "Titles that this share rests on.", error.count)
    raised = {alert.code: 1 for alert in open_alerts()}
    alerts = {code: raised.get(code, 0) for code in AlertCode.values}
    yield _labelled("lineup_alert", "What leads are told to look after.", "code", alerts)


def _audit_error() -> Share | bool:
    """False where nothing was audited: None would be asked again and again."""
    return auto_error(judged_titles(since=timezone.now() - timedelta(days=AUDIT_DAYS))) or False


def _model_metric() -> Metric:
    model = InfoMetricFamily("lineup_model", "The active model version.")
    version = ModelVersion.objects.filter(state=ModelState.ACTIVE).first()
    if version is not None:
        model.add_metric([], {"version": version.name, "digest": version.digest})
    return model


def _labelled(name: str, told: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _newest(model: type[Model]) -> int:
    return model.objects.aggregate(newest=Max("pk"))["newest"] or 0
