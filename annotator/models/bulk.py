"""What a lead did to many titles in one step."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.enums import BulkKind
from annotator.models.review import Verdict
from annotator.models.title import Title


class BulkAction(models.Model):
    """One step over many titles, with one undo. The id is made by the client: a repeated save is harmless.

    `params`: what was asked for, {"scope", "criteria"}. `skipped`: how many titles were left out, by reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=BulkKind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_actions")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    comment = models.TextField(blank=True)
    params = models.JSONField(default=dict)
    count = models.PositiveIntegerField()
    skipped = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BulkKind.values), name="bulk_action_kind_known"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="bulk_action_undone_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "id"], name="bulk_action_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.count}"

    @property
    def skipped_total(self) -> int:
        return sum(self.skipped.values())


class BulkTitle(models.Model):
    """One title of a bulk action: the verdict it got, or `before`, its queue item's {"assigned_to", "assigned_at", "entered_at"}."""

    action = models.ForeignKey(BulkAction, on_delete=models.CASCADE, related_name="titles")
    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="bulk_titles")
    verdict = models.OneToOneField(Verdict, null=True, blank=True, on_delete=models.PROTECT, related_name="bulk_title")
    before = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["action", "title"], name="bulk_title_once")]

    def __str__(self) -> str:
        return f"{self.title_id} by {self.action_id}"
