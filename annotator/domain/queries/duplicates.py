"""Rows of the artist table that may be one act."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotator.domain.name_lookup import Candidate, find_candidates
from annotator.enums import ArtistState
from annotator.models import Artist, DistinctArtists

LOOKED_AT = 50  # artists for one page: near names cost an index search each


@dataclass(frozen=True)
class LikelyPair:
    """The newer row and the older one that it looks like."""

    artist: Artist
    other: Candidate


@dataclass(frozen=True)
class DuplicatePage:
    """`before`: where the next page goes on, None at the end of the table."""

    pairs: list[LikelyPair]
    looked_at: int
    before: int | None


def likely_duplicates(*, before: int | None = None) -> DuplicatePage:
    """Pairs of which the newer row has a lower id than `before`, newest first: near names, and names that are an alias of the other.

    Left out: rejected artists, homonyms (one key, told apart by notes), and pairs that a lead told apart. Looks at LOOKED_AT artists at
    most, so that a page of a large table takes a tenth of a second and not an hour; the next page goes on from there.
    """
    artists = _next_artists(before)
    return DuplicatePage(list(_pairs_of(artists)), len(artists), artists[-1].pk if len(artists) == LOOKED_AT else None)


def _next_artists(before: int | None) -> list[Artist]:
    artists = Artist.objects.exclude(state=ArtistState.REJECTED)
    if before is not None:
        artists = artists.filter(pk__lt=before)
    return list(artists.order_by("-pk")[:LOOKED_AT])


def _pairs_of(artists: Sequence[Artist]) -> Iterator[LikelyPair]:
    found = find_candidates([artist.name for artist in artists], near_anyway=True)
    pairs = [
        LikelyPair(artist, candidate)
        for artist, candidates in zip(artists, found, strict=True)
        for candidate in candidates
        if candidate.artist.pk < artist.pk and candidate.artist.key != artist.key
    ]
    told = _told_apart(pairs)
    return (pair for pair in pairs if (pair.other.artist.pk, pair.artist.pk) not in told)


def _told_apart(pairs: Sequence[LikelyPair]) -> set[tuple[int, int]]:
    rows = DistinctArtists.objects.filter(second__in=[pair.artist.pk for pair in pairs])
    return set(rows.values_list("first", "second"))
