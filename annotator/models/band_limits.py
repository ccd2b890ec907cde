"""The limits of the bands, as leads set them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class BandLimits(models.Model):
    """Append-only: the row with the highest `number` counts, before the first row the settings do.

    `number` is one more than that of the limits it replaces, so that of two leads who change the same limits one is refused.
    `high_per_label`: {label: least score of its spans} for a reading to be in the high band.
    """

    number = models.PositiveIntegerField(unique=True)
    high = models.FloatField()
    middle = models.FloatField()
    high_per_label = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=200, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name_plural = "band limits"
        constraints = [
            models.CheckConstraint(
                condition=Q(middle__gte=0, high__lte=1, high__gte=F("middle")), name="band_limits_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.middle}, {self.high}"
