"""Checkpoints that this desk knows."""

from django.db import models
from django.db.models import Q

from annotator.enums import ModelOrigin, ModelState


class ModelVersion(models.Model):
    """One checkpoint directory under MODELS_DIR (or the built-in one) with its state. At most one is active."""

    name = models.CharField(max_length=200, unique=True)
    origin = models.CharField(max_length=10, choices=ModelOrigin)
    directory = models.CharField(max_length=500, help_text="Absolute, or relative to MODELS_DIR.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 over the manifest's file hashes.")
    calibrated = models.BooleanField(default=False)
    metrics = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=ModelState.ACTIVE), name="model_version_one_active"
            ),
            models.CheckConstraint(condition=Q(state__in=ModelState.values), name="model_version_state_known"),
        ]

    def __str__(self) -> str:
        return self.name
