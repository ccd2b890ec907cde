"""Whether the machine is at work, in a few words. Asked of the broker and the database at most every few seconds per process;
kept in this process, since the shared cache lives in the broker that may be down."""

from typing import NamedTuple

from django.core.cache.backends.locmem import LocMemCache
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotator.domain.queries.queue import WorkerHealth, worker_health

KEEP_SECONDS = 10
KEY = "health"

memory = LocMemCache("desk-health", {"TIMEOUT": KEEP_SECONDS})


class HealthWords(NamedTuple):
    """`level` is ok or down; `advice` says what stands still and what to do."""

    level: str
    words: str | Promise
    advice: str | Promise = ""


BROKER_DOWN = HealthWords(
    "down",
    _("Broker down"),
    _("New titles are not tagged and exports wait. Nothing is lost. Whoever runs the desk starts the broker again."),
)
WORKER_DOWN = HealthWords(
    "down",
    _("Worker down"),
    _("New titles are not tagged and exports wait. Nothing is lost. Whoever runs the desk starts the worker again."),
)
WORKING = HealthWords("ok", _("Working"))
NOT_ASKED = _("Worker")


def known_health() -> WorkerHealth | None:
    """The last answer, if it is fresh: costs nothing."""
    return memory.get(KEY)


def ask_health() -> WorkerHealth:
    health = worker_health()
    memory.set(KEY, health)
    return health


def current_health() -> WorkerHealth:
    return known_health() or ask_health()


def health_words(health: WorkerHealth) -> HealthWords:
    if not health.broker_reachable:
        return BROKER_DOWN
    return WORKING if health.any_alive else WORKER_DOWN


def any_words() -> str:
    """Every word that may stand in the header, a line each: the page keeps room for the longest."""
    return "\n".join(map(str, (NOT_ASKED, BROKER_DOWN.words, WORKER_DOWN.words, WORKING.words)))
