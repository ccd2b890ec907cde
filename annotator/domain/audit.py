"""The log of who did what. Entries are written in the transaction of what they tell of: both are there, or neither."""

from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from annotator.enums import AuditAction
from annotator.models import AuditEntry, User

NAME_MAX_CHARS = 200
EMPTY = (None, "", [], {})  # tells a reader nothing

# Set for each request by annotator.web.origin: the domain knows no requests.
origin: ContextVar[str | None] = ContextVar("origin", default=None)


def record(action: AuditAction, *, actor: User | None, subject: Model | None = None, **details: Any) -> None:
    """One more entry. actor None: the shell, or nobody who is known. `details` are JSON values: what a reader needs to understand it, no
    secrets. One query."""
    AuditEntry.objects.create(
        actor=actor,
        action=action,
        subject_kind=type(subject).__name__.lower() if subject else "",
        subject_id=str(subject.pk) if subject else "",
        subject_name=str(subject)[:NAME_MAX_CHARS] if subject else "",
        details={name: value for name, value in details.items() if value not in EMPTY},
        address=origin.get(),
    )


def find_entries(
    *, actor: str = "", action: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[AuditEntry]:
    """Newest first. actor: a username, also one that was only tried; until: the first moment that is not meant."""
    entries = AuditEntry.objects.select_related("actor")
    if actor:
        entries = entries.filter(Q(actor__username=actor) | Q(actor=None, details__username=actor))
    if action:
        entries = entries.filter(action=action)
    if since:
        entries = entries.filter(at__gte=since)
    if until:
        entries = entries.filter(at__lt=until)
    return entries.order_by("-pk")
