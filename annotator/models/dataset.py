"""Data sets made from annotations."""

import uuid

from django.conf import settings
from django.db import models


class Snapshot(models.Model):
    """An immutable data set: a JSONL file named by its own SHA-256 under SNAPSHOTS_DIR, and what went into it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    rows = models.PositiveIntegerField()
    manifest = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.digest[:12]
