"""Where other services are told what happened, and what was told them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.enums import DeliveryState, WebhookEvent


class Webhook(models.Model):
    """An address that is told of some kinds of events. `secret_number` counts its secrets, which are derived and stored nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    title_settled = models.BooleanField(default=False)
    batch_done = models.BooleanField(default=False)
    model_promoted = models.BooleanField(default=False)
    desk_alert = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    secret_number = models.PositiveIntegerField(default=1)
    failures = models.PositiveIntegerField(default=0, help_text="Attempts that failed since the last one that did not.")
    rest_until = models.DateTimeField(null=True, blank=True, help_text="Not asked before, since it did not answer.")
    last_sent_at = models.DateTimeField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True, help_text="A worker sends to it until then at the most.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "created_at"]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One message to one webhook: written with what it tells of, so that both are there or neither.

    `subject` says what it is about; the body is made when it is sent. The id is the same at every attempt.

    No foreign key in the database: removing a webhook must not make the verdict fail that is just being noted for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False, db_constraint=False
    )
    event = models.CharField(max_length=20, choices=WebhookEvent)
    subject = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(help_text="When it is sent next, if it still waits.")
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status of the last answer.")
    error = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="The last attempt.")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(condition=Q(event__in=WebhookEvent.values), name="delivery_event_known"),
        ]
        indexes = [
            models.Index(fields=["state", "webhook", "next_at"], name="delivery_state_webhook"),
            models.Index(fields=["webhook", "created_at"], name="delivery_webhook_created"),
            models.Index(fields=["created_at"], name="delivery_created"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.state}"
