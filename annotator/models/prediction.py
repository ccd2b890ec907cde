"""What a model read. Written once, never changed."""

from django.db import models

from annotator.models.model_version import ModelVersion
from annotator.models.title import Title


class Prediction(models.Model):
    """One model version's reading of one title.

    `spans`: [{"start", "end", "label", "score"}] in code points of Title.text; `alternatives`: the other n best readings,
    best first, [{"spans": [...], "confidence": float}]. `outside_risk`: the chance that the surest missed entity was left outside.
    """

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="predictions")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="predictions", db_index=False
    )
    spans = models.JSONField()
    alternatives = models.JSONField(default=list)
    confidence = models.FloatField()
    raw_confidence = models.FloatField(null=True, blank=True, help_text="Before calibration.")
    outside_risk = models.FloatField(default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["title", "model_version"], name="prediction_title_model_version"),
            models.CheckConstraint(
                condition=models.Q(confidence__gte=0, confidence__lte=1), name="prediction_confidence_unit"
            ),
        ]
        indexes = [models.Index(fields=["model_version", "title"], name="prediction_version_title")]

    def __str__(self) -> str:
        return f"{self.title_id} by {self.model_version_id}"
