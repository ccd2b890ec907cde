"""Who is there to give a second opinion or to settle a difference."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotator.enums import Role
from annotator.models import User, Verdict


def active_reviewers() -> QuerySet[User]:
    """Staff with an open account who signed in or gave a verdict in the last TEAM_DAYS days."""
    since = timezone.now() - timedelta(days=settings.TEAM_DAYS)
    verdicts = Verdict.objects.filter(reviewer=OuterRef("pk"), created_at__gte=since)
    staff = User.objects.filter(is_active=True).exclude(role=Role.CLIENT)
    return staff.filter(Q(last_login__gte=since) | Exists(verdicts))


def has_partner(reviewer: User) -> bool:
    """Whether anybody else is there who could read the same title."""
    return active_reviewers().exclude(pk=reviewer.pk).exists()


def is_only_lead(lead: User) -> bool:
    leads = Q(is_superuser=True) | Q(role__in=[Role.LEAD, Role.ADMIN])
    return not active_reviewers().filter(leads).exclude(pk=lead.pk).exists()
