"""What the page of one artist tells besides its row: evidence, company, timeline, look-alikes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth

from annotator.domain.name_lookup import Candidate, find_candidates
from annotator.models import Artist, ArtistMerge, Mention

MOST_COMPANIONS = 10
MONTHS = 24


@dataclass(frozen=True)
class Month:
    """How many titles that name the artist were settled in a month. `share`: of the busiest month."""

    month: date
    count: int
    share: float


def mentions_of(artist: Artist) -> QuerySet[Mention]:
    """With all that says how each came: title, settled reading, who or which model read it."""
    evidence = ("annotation__title", "annotation__verdict__reviewer", "annotation__prediction__model_version")
    return Mention.objects.filter(artist=artist).select_related(*evidence)


def companions_of(artist: Artist, *, most: int = MOST_COMPANIONS) -> list[Artist]:
    """Those who stand in the same titles, most often first; `together` counts the titles."""
    titles = Mention.objects.filter(artist=artist).values("annotation")
    others = Artist.objects.filter(mentions__annotation__in=titles).exclude(pk=artist.pk)
    return list(
        others.annotate(together=Count("mentions__annotation", distinct=True)).order_by("-together", "name")[:most]
    )


def months_of(artist: Artist) -> list[Month]:
    """The last months in which titles with the artist were settled, oldest first."""
    settled = Mention.objects.filter(artist=artist).annotate(month=TruncMonth("annotation__updated_at"))
    counts = list(settled.values("month").annotate(count=Count("pk")).order_by("-month")[:MONTHS])[::-1]
    top = max((row["count"] for row in counts), default=1)
    return [Month(row["month"].date(), row["count"], row["count"] / top) for row in counts]


def look_alikes(artist: Artist) -> list[Candidate]:
    """Rows that may be the same act: of any spelling's key, or near the name."""
    near = find_candidates([artist.name], near_anyway=True)[0]
    return [candidate for candidate in near if candidate.artist.pk != artist.pk]


def standing_merges(artist: Artist) -> Sequence[ArtistMerge]:
    """What became part of this artist and was not taken back, newest first."""
    merges = ArtistMerge.objects.filter(kept=artist, undone_at__isnull=True)
    return list(merges.select_related("actor").order_by("-created_at"))
