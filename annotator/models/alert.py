"""What needed looking after, and since when."""

from django.db import models
from django.db.models import Q

from annotator.enums import AlertCode


class Alert(models.Model):
    """One time that something passed its limit. `value` and `limit` as they were when it was seen last; open until `ended_at`.

    `mailed`: how far the mail is: 0 nothing, 1 that it began, 2 that it ended.
    """

    code = models.CharField(max_length=20, choices=AlertCode)
    value = models.FloatField()
    limit = models.FloatField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    mailed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(ended_at__isnull=True), name="alert_open_once"),
            models.CheckConstraint(condition=Q(code__in=AlertCode.values), name="alert_code_known"),
        ]

    def __str__(self) -> str:
        return self.code
