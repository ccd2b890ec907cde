"""When a training begins: one at a time, on demand or by the schedule."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.audit import record
from annotator.domain.job_rows import OPEN_STATES
from annotator.domain.training_options import DEFAULT_SOURCES, TrainingOptions, check_options
from annotator.enums import AuditAction, JobKind
from annotator.exceptions import InvalidTraining
from annotator.models import Annotation, Job, ModelVersion, User


@transaction.atomic
def open_training(options: TrainingOptions, *, actor: User | None) -> Job:
    """The row of a new training. Raises InvalidTraining: training_runs, or what check_options refuses."""
    check_options(options)
    # Whoever opens one holds the rows of the models: on PostgreSQL two could both see that none is open.
    list(ModelVersion.objects.select_for_update().order_by("pk"))
    if Job.objects.filter(kind=JobKind.TRAIN, state__in=OPEN_STATES).exists():
        raise InvalidTraining(_("A training runs already."), code="training_runs")
    job = Job.objects.create(kind=JobKind.TRAIN, created_by=actor, params={"options": options.to_dict()})
    record(AuditAction.TRAINING_STARTED, actor=actor, subject=job)
    return job


def is_due() -> bool:
    """Whether the schedule asks for a training: TRAIN_EVERY_DAYS after the last one, if TRAIN_NEW_TITLES titles were settled since.

    One that is as far ahead was begun by a clock that was wrong, and does not count.
    """
    if not settings.TRAIN_EVERY_DAYS:
        return False
    trainings = Job.objects.filter(kind=JobKind.TRAIN)
    if trainings.filter(state__in=OPEN_STATES).exists():
        return False
    now, period = timezone.now(), timedelta(days=settings.TRAIN_EVERY_DAYS)
    trainings = trainings.filter(created_at__lte=now + period)
    last = trainings.order_by("-created_at").values_list("created_at", flat=True).first()
    if last and last > now - period:
        return False
    settled = Annotation.objects.filter(source__in=DEFAULT_SOURCES)
    fresh = settled.filter(updated_at__gt=last) if last else settled
    return fresh.count() >= settings.TRAIN_NEW_TITLES
