"""Background work as rows: what people see of it, and what survives a lost broker."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.enums import JobKind, JobState
from annotator.models.title import Batch


class Job(models.Model):
    """One piece of background work. States: see JobState. `params` go in, `result` comes out, both JSON."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=JobKind)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    batch = models.OneToOneField(Batch, null=True, blank=True, on_delete=models.CASCADE, related_name="job")
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True, help_text="Last sign of life: progress or a change of state.")

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known")]
        indexes = [models.Index(fields=["state", "touched_at"], name="job_state_touched")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class WorkerHeartbeat(models.Model):
    """The last sign of life of one Celery worker."""

    hostname = models.CharField(max_length=255, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.hostname
