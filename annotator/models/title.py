"""Titles as they arrived."""

import uuid

from django.conf import settings
from django.db import models

from annotator.enums import Source, TitleState


class Title(models.Model):
    """One distinct title. `text` is normalised (NFC, single blanks); `key` is the SHA-256 of it. States: see TitleState."""

    text = models.TextField()
    key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=TitleState, default=TitleState.NEW)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=TitleState.values), name="title_state_known")
        ]
        indexes = [models.Index(fields=["state", "id"], name="title_state_id")]

    def __str__(self) -> str:
        return self.text


class Batch(models.Model):
    """Titles that arrived together: one file, one REST batch, one run of the command."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=10, choices=Source)
    name = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="batches"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When the last row was read.")
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was seen that every title is tagged, or that reading the file failed."
    )
    rows_rejected = models.PositiveIntegerField(default=0)
    idempotency_key = models.CharField(max_length=255, blank=True, help_text="The client's name for its request.")
    request_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what the request asked for.")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["created_by", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="batch_idempotency_key",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="batch_open", condition=models.Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name or str(self.id)


class Occurrence(models.Model):
    """One arrival of a title. (batch, row) is unique, so that reading a file twice adds nothing."""

    title = models.ForeignKey(Title, on_delete=models.CASCADE, related_name="occurrences")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="occurrences", db_index=False)
    row = models.PositiveIntegerField(help_text="Line or row number in the batch, from 1.")
    raw_text = models.TextField()
    external_id = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="occurrence_batch_row")]
        indexes = [models.Index(fields=["batch", "title"], name="occurrence_batch_title")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row}"
