"""One correction carried over to other waiting titles, and the index by which they are found."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.enums import Label
from annotator.models.review import Annotation, Verdict
from annotator.models.title import Title


class Propagation(models.Model):
    """A correction that somebody carried over to other titles in one step. The id is made by the client: a repeated save is harmless.

    `changes`: [{"key", "label", "surface", "after": [[surface, label]]}], as annotator.domain.changes reads them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="propagations")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="propagations")
    changes = models.JSONField()
    skipped = models.PositiveIntegerField(default=0, help_text="Titles that were wanted and could not be taken.")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.verdict_id} carried over"


class PropagatedTitle(models.Model):
    """What a propagation did to one title: settled it, or changed the reading that it waits with.

    `before`: {"proposal", "reason", "sampling_probability"} of its queue item, for the undo.
    """

    propagation = models.ForeignKey(Propagation, on_delete=models.CASCADE, related_name="titles")
    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="propagations")
    spans = models.JSONField()
    settled = models.BooleanField()
    audited = models.BooleanField(default=False)
    before = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["propagation", "title"], name="propagated_title_once"),
            models.CheckConstraint(condition=Q(audited=False) | Q(settled=True), name="propagated_audit_is_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.title_id} by {self.propagation_id}"


class QueuedSurface(models.Model):
    """The words of a span that the model read in a title of the queue, by key: finds the same mention among many titles."""

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="queued_surfaces")
    key = models.CharField(max_length=300)
    label = models.CharField(max_length=4, choices=Label)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "label", "title"], name="queued_surface_once")]
        indexes = [models.Index(fields=["label", "title"], name="queued_surface_label")]

    def __str__(self) -> str:
        return f"{self.key} ({self.label})"


class SettledSurface(models.Model):
    """The words of a span of a settled title, by key: tells which labels they have elsewhere. Follows the annotation."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="surfaces")
    key = models.CharField(max_length=300)
    label = models.CharField(max_length=4, choices=Label)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "label", "annotation"], name="settled_surface_once")]
        indexes = [models.Index(fields=["label", "annotation"], name="settled_surface_label")]

    def __str__(self) -> str:
        return f"{self.key} ({self.label})"
