"""What the pages of model versions tell: versions with what they were compared, running work, how much there is to train on."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Prefetch

from annotator.domain.gold import Sides
from annotator.domain.job_rows import OPEN_STATES
from annotator.domain.training_options import DEFAULT_SOURCES
from annotator.enums import JobKind, Side
from annotator.models import Annotation, Comparison, Job, ModelVersion

WORK = (JobKind.TRAIN, JobKind.COMPARE, JobKind.RETAG)


MOST_SIDED = 5_000


@dataclass(frozen=True)
class Stock:
    """How many settled titles there are to train on, to calibrate on, and to compare models with. `estimated`: the first two."""

    train: int
    dev: int
    gold: int
    estimated: bool = False


def list_versions() -> list[ModelVersion]:
    """Newest first, each with its comparisons, the latest first. Two queries."""
    comparisons = Prefetch("comparisons", Comparison.objects.select_related("against").defer("changed"))
    return list(ModelVersion.objects.select_related("parent").prefetch_related(comparisons).order_by("-created_at"))


def running_work() -> list[Job]:
    return list(Job.objects.filter(kind__in=WORK, state__in=OPEN_STATES).order_by("created_at"))


def last_work(kind: JobKind) -> Job | None:
    return Job.objects.filter(kind=kind).exclude(state__in=OPEN_STATES).order_by("-touched_at").first()


def stock() -> Stock:
    """Counted title by title, since a side follows from the words; of more than MOST_SIDED titles the newest so many stand for all."""
    sides = Sides()
    usable = Annotation.objects.filter(source__in=DEFAULT_SOURCES)
    rows = usable.order_by("-pk").values_list("title_id", "title__text")[:MOST_SIDED]
    counted = Counter(sides.of(title_id, text) for title_id, text in rows)
    looked_at, every = counted.total(), usable.count()
    scale = every / looked_at if looked_at else 1
    train, dev = (round(scale * counted[side]) for side in (Side.TRAIN, Side.DEV))
    return Stock(train, dev, sides.gold_count, estimated=every > looked_at)
