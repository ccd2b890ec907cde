"""Who did what: an append-only log."""

from django.conf import settings
from django.db import models

from annotator.enums import AuditAction


class AuditEntry(models.Model):
    """One thing that somebody did, or tried. Triggers of the database refuse every change and removal (migration 0023).

    No constraint on `action`: its words grow with the releases, and SQLite would write the table anew, without its triggers, for each.

    actor: None for the shell, the schedule and a sign-in that failed. subject: what it was done to, as (kind, id, name at that moment).
    """

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="audit_entries"
    )
    action = models.CharField(max_length=20, choices=AuditAction)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    subject_name = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True, help_text="Where the request came from.")

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["actor", "id"], name="audit_entry_actor"),
            models.Index(fields=["action", "id"], name="audit_entry_action"),
            models.Index(fields=["at"], name="audit_entry_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_name}".strip()
