"""Who holds which names of the artist table: taken before any row, in one order, so that no two writers wait in a circle."""

import hashlib
from collections.abc import Iterable

from django.db import connection
from django.db.models import Q

from annotator.models import Artist


def hold_keys(keys: set[str]) -> None:
    """Keeps other writers off these keys until the transaction ends, artists that do not exist yet included.

    Row locks cannot do that: two writers that each bring what the other brings or prunes would wait in a circle. Taken in order, and
    before any row lock. SQLite has one writer anyway.
    """
    if connection.vendor != "postgresql" or not keys:
        return
    digests = (hashlib.sha256(key.encode()).digest() for key in keys)
    numbers = sorted(int.from_bytes(digest[:8], signed=True) for digest in digests)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])


def lock_which(which: Q) -> list[Artist]:
    """Holds artists until the transaction ends, in the order of ids, so that no two writers deadlock."""
    return list(Artist.objects.select_for_update(of=("self",), no_key=True).filter(which).order_by("pk"))


def lock_artists(artist_ids: Iterable[int]) -> dict[int, Artist]:
    """The same by id; missing ones are absent."""
    return {artist.pk: artist for artist in lock_which(Q(pk__in=list(artist_ids)))}
