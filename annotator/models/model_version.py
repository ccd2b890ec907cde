"""Checkpoints that this desk knows."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.enums import ModelOrigin, ModelState
from annotator.models.dataset import Snapshot


class ModelVersion(models.Model):
    """One checkpoint directory under MODELS_DIR (or the built-in one) with its state. At most one is active."""

    name = models.CharField(max_length=200, unique=True)
    origin = models.CharField(max_length=10, choices=ModelOrigin)
    directory = models.CharField(max_length=500, help_text="Absolute, or relative to MODELS_DIR.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 over the manifest's file hashes.")
    calibrated = models.BooleanField(default=False)
    metrics = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children", help_text="Trained from it."
    )
    snapshot = models.ForeignKey(
        Snapshot, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Trained on it."
    )
    training = models.JSONField(
        default=dict, blank=True, help_text="Parameters, counts and the curve: [{step, loss, score}]."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
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


class Comparison(models.Model):
    """A candidate against the version that was active, on the frozen gold of that moment. `reasons` why it did not pass: [{code, message}].

    `report`: what annotator.domain.gate measured; `changed`: titles that the two read differently, [{text, before, after, gold}].
    """

    candidate = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="comparisons")
    against = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    gold_digest = models.CharField(max_length=64)
    titles = models.PositiveIntegerField()
    passed = models.BooleanField()
    reasons = models.JSONField(default=list, blank=True)
    report = models.JSONField(default=dict)
    changed = models.JSONField(default=list, blank=True)
    sample = models.JSONField(
        default=list,
        blank=True,
        help_text="Recent titles that the two read differently, to judge blind: [{text, before, after}].",
    )
    judgements = models.JSONField(default=dict, blank=True, help_text="Place in the sample -> {choice, by}.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.candidate_id} against {self.against_id}"


class Promotion(models.Model):
    """A version that was made active: by whom, in place of which, and with what note where the gate was overruled. Never changed."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="promotions")
    former = models.ForeignKey(ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)
    overruled = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version_id} at {self.created_at:%Y-%m-%d}"
