"""Which leases hold."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotator.models import Lease

CLOCKS_APART = timedelta(seconds=30)


def is_live() -> Q:
    """One that runs longer than any lease may was given before the clock was put back: it holds no more."""
    now = timezone.now()
    latest = now + timedelta(seconds=settings.LEASE_SECONDS) + CLOCKS_APART
    return Q(expires_at__gt=now, expires_at__lte=latest)


def live_leases() -> QuerySet[Lease]:
    return Lease.objects.filter(is_live())
