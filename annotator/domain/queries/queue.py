"""How the queue and the workers are doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Prefetch, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotator.celery_app import app
from annotator.domain.live_leases import live_leases
from annotator.enums import Action, Band, QueueState, TitleState
from annotator.models import Annotation, QueueItem, Title, Verdict, WorkerHeartbeat

ALIVE_SECONDS = 30
STUCK_SECONDS = 60
BROKER_TIMEOUT_SECONDS = 1
BROKER_OPTIONS = {"socket_connect_timeout": BROKER_TIMEOUT_SECONDS, "socket_timeout": BROKER_TIMEOUT_SECONDS}


@dataclass(frozen=True)
class QueueCounts:
    """`waiting` has every band; `settled` only the sources that occur. `oldest_wait`: None when nobody waits."""

    waiting: dict[str, int]
    leased: int
    settled: dict[str, int]
    flagged: int
    disputed: int
    new: int
    oldest_wait: timedelta | None

    @property
    def waiting_total(self) -> int:
        return sum(self.waiting.values())

    @property
    def settled_total(self) -> int:
        return sum(self.settled.values())


@dataclass(frozen=True)
class Worker:
    hostname: str
    seen_at: datetime
    alive: bool


@dataclass(frozen=True)
class WorkerHealth:
    """`untagged_late`: titles that have waited for a worker for more than a minute."""

    workers: list[Worker]
    broker_reachable: bool
    untagged_late: int

    @property
    def any_alive(self) -> bool:
        return any(worker.alive for worker in self.workers)

    @property
    def stuck(self) -> bool:
        return self.untagged_late > 0 and not (self.any_alive and self.broker_reachable)


def queue_counts() -> QueueCounts:
    waiting = QueueItem.objects.filter(state=QueueState.WAITING)
    bands = _count_by(waiting, "band")
    states = _count_by(Title.objects.filter(state__in=[TitleState.NEW, TitleState.FLAGGED]), "state")
    lent = live_leases().values_list("item", flat=True)
    oldest = oldest_entry()
    return QueueCounts(
        waiting={band: bands.get(band, 0) for band in Band.values},
        leased=waiting.filter(pk__any_of=set(lent)).count(),
        settled=_count_by(Annotation.objects.all(), "source"),
        flagged=states.get(TitleState.FLAGGED, 0),
        disputed=QueueItem.objects.filter(state=QueueState.ADJUDICATION).count(),
        new=states.get(TitleState.NEW, 0),
        oldest_wait=timezone.now() - oldest if oldest else None,
    )


def oldest_entry() -> datetime | None:
    """When the title that waits longest came into the queue."""
    return QueueItem.objects.filter(state=QueueState.WAITING).aggregate(oldest=Min("entered_at"))["oldest"]


def oldest_arrival() -> datetime | None:
    """When the title arrived that has waited longest to be read by a model."""
    new = Title.objects.filter(state=TitleState.NEW)
    return new.order_by("pk").values_list("created_at", flat=True).first()


def oldest_entries() -> dict[str, datetime]:
    """oldest_entry of each band in which somebody waits."""
    waiting = QueueItem.objects.filter(state=QueueState.WAITING)
    return dict(waiting.order_by().values_list("band").annotate(Min("entered_at")))


def worker_health() -> WorkerHealth:
    """Workers by their heartbeat (alive: seen within ALIVE_SECONDS), the broker by asking it, and what waits for them."""
    now = timezone.now()
    alive_since = now - timedelta(seconds=ALIVE_SECONDS)
    late = Title.objects.filter(state=TitleState.NEW, created_at__lt=now - timedelta(seconds=STUCK_SECONDS))
    return WorkerHealth(
        workers=[
            Worker(worker.hostname, worker.seen_at, worker.seen_at >= alive_since)
            for worker in WorkerHeartbeat.objects.order_by("hostname")
        ],
        broker_reachable=broker_reachable(),
        untagged_late=late.count(),
    )


def broker_reachable() -> bool:
    """Whether the broker answers within about a second."""
    try:
        with app.connection_for_read(transport_options=BROKER_OPTIONS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_TIMEOUT_SECONDS)
    except OperationalError:
        return False
    return True


def flagged_titles() -> QuerySet[Title]:
    """Flagged titles for a lead, in the order they arrived, each with its standing flags in `flags`, newest first."""
    flags = Verdict.objects.filter(action=Action.FLAG, late=False, undone_by__isnull=True)
    flags = flags.select_related("reviewer").order_by("-created_at")
    titles = Title.objects.filter(state=TitleState.FLAGGED).select_related("queue_item__prediction")
    return titles.prefetch_related(Prefetch("verdicts", queryset=flags, to_attr="flags")).order_by("pk")


def _count_by(rows: QuerySet, field: str) -> dict[str, int]:
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))
