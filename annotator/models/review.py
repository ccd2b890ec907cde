"""The queue, leases, verdicts and settled readings."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.enums import Action, AnnotationSource, Band, QueueReason, QueueState
from annotator.models.prediction import Prediction
from annotator.models.title import Title


class QueueItem(models.Model):
    """A title that waits for people, in the order of `rank`, then id. Those with the same `cluster` look alike but for names and numbers.

    `blind`: shown without the model's reading. `adjudication` titles wait for a lead, because two people read them differently.
    """

    title = models.OneToOneField(Title, on_delete=models.CASCADE, related_name="queue_item")
    prediction = models.ForeignKey(Prediction, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, choices=QueueReason)
    band = models.CharField(max_length=6, choices=Band)
    confidence = models.FloatField()
    rank = models.FloatField(default=0.0, help_text="Place in the queue: the lowest is lent first.")
    cluster = models.CharField(max_length=16, blank=True)
    blind = models.BooleanField(default=False)
    opinions_needed = models.PositiveSmallIntegerField(default=1)
    sampling_probability = models.FloatField(default=1.0)
    proposal = models.JSONField(
        null=True, blank=True, help_text="Spans to draw instead of the prediction's: a correction carried over."
    )
    state = models.CharField(max_length=12, choices=QueueState, default=QueueState.WAITING)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assigned_items",
        help_text="Who gets it first, and alone until their verdict.",
    )
    assigned_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(band__in=Band.values), name="queue_item_band_known"),
            models.CheckConstraint(
                condition=Q(sampling_probability__gt=0, sampling_probability__lte=1),
                name="queue_item_probability",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "rank", "id"], name="queue_item_rank"),
            models.Index(fields=["cluster", "state"], name="queue_item_cluster"),
            models.Index(fields=["state", "band"], name="queue_item_state_band"),
            # As that of the foreign key, but without the many nulls that mislead the planner of SQLite; so is verdict_undoes.
            models.Index(
                fields=["assigned_to", "rank"], condition=Q(assigned_to__isnull=False), name="queue_item_assigned"
            ),
            models.Index(fields=["entered_at"], name="queue_item_entered_at"),
            models.Index(fields=["done_at"], name="queue_item_done_at"),
            models.Index(fields=["entered_at"], condition=~Q(state=QueueState.DONE), name="queue_item_open_entered"),
        ]

    def __str__(self) -> str:
        return f"{self.title_id} ({self.band})"


class Lease(models.Model):
    """A waiting title on loan to one reviewer until `expires_at`. An expired lease is no lease."""

    item = models.ForeignKey(QueueItem, on_delete=models.CASCADE, related_name="leases")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="leases")
    tab = models.UUIDField(help_text="The browser tab that holds it.")
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "reviewer"], name="lease_item_reviewer")]
        indexes = [models.Index(fields=["expires_at"], name="lease_expires_at")]

    def __str__(self) -> str:
        return f"{self.item_id} to {self.reviewer_id}"


class Verdict(models.Model):
    """What a person decided on one title. Append-only; the id is made by the client and makes a repeated save harmless.

    An undo is a verdict of its own that names the verdict it takes back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="verdicts")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="verdicts")
    action = models.CharField(max_length=10, choices=Action)
    spans = models.JSONField(
        default=list, help_text="The reading the person settled on; empty for skip, flag and undo."
    )
    prediction = models.ForeignKey(Prediction, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    comment = models.TextField(blank=True)
    overrides = models.JSONField(
        default=list, blank=True, help_text="Guideline checks that the person overruled: [{code, start, end, reason}]."
    )
    links = models.JSONField(
        default=list,
        blank=True,
        help_text="Artists that the person chose: [{start, end, artist or null for a new one, note}].",
    )
    late = models.BooleanField(
        default=False,
        help_text="Arrived after the title was settled by someone else: kept as a second opinion.",
    )
    blind = models.BooleanField(default=False, help_text="Decided without seeing the model's reading.")
    before = models.JSONField(
        default=dict,
        blank=True,
        help_text="What the verdict replaced, for its undo: {state, queued, annotation}; empty if it changed nothing.",
    )
    elapsed_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="From the card's first paint to the verdict."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(action__in=Action.values), name="verdict_action_known"),
            models.CheckConstraint(
                condition=Q(action=Action.UNDO, undoes__isnull=False)
                | (~Q(action=Action.UNDO) & Q(undoes__isnull=True)),
                name="verdict_undo_names_its_verdict",
            ),
        ]
        indexes = [
            models.Index(fields=["title", "created_at"], name="verdict_title_created"),
            models.Index(fields=["title", "reviewer", "created_at"], name="verdict_title_reviewer"),
            # With what the quality page counts of each reviewer, which it then reads from the index alone.
            models.Index(fields=["reviewer", "-created_at", "action", "elapsed_ms"], name="verdict_reviewer_work"),
            models.Index(fields=["reviewer", "title"], name="verdict_reviewer_title"),
            models.Index(fields=["created_at"], name="verdict_created"),
            models.Index(fields=["undoes"], condition=Q(undoes__isnull=False), name="verdict_undoes"),
            models.Index(fields=["title"], condition=Q(action="skip"), name="verdict_skips"),
        ]

    def __str__(self) -> str:
        return f"{self.action} on {self.title_id}"


class Annotation(models.Model):
    """The settled reading of a title and where it came from. A model never overwrites what a person decided."""

    title = models.OneToOneField(Title, on_delete=models.CASCADE, related_name="annotation")
    spans = models.JSONField()
    source = models.CharField(max_length=12, choices=AnnotationSource)
    prediction = models.ForeignKey(Prediction, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.ForeignKey(Verdict, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source__in=AnnotationSource.values), name="annotation_source_known"),
        ]
        indexes = [
            models.Index(fields=["source", "id"], name="annotation_source_id"),
            models.Index(fields=["source", "title"], name="annotation_source_title"),
            models.Index(fields=["updated_at"], name="annotation_updated"),
        ]

    def __str__(self) -> str:
        return f"{self.title_id} ({self.source})"
