"""Which of several artists of one name a title means: what stands around the name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from annotator.domain.name_lookup import FoundArtist
from annotator.enums import ArtistKind, Label, LinkHow
from annotator.models import Artist, Mention

_AGAINST = re.compile(r"^\W*(?:v|vs|versus|contre|gegen|tegen|contra)\W*$", re.IGNORECASE)
_WORD = re.compile(r"\w{3,}")
_TEAM, _NO_TEAM, _COMPANY, _NOTE = 3, 1, 2, 2  # what each sign is worth
Companions = Mapping[int, set[int]]

A = TypeVar("A", Artist, FoundArtist)


@dataclass(frozen=True)
class Surroundings:
    """A title with its spans, and who else is known to be in it."""

    text: str
    spans: Sequence[dict]
    others: frozenset[int] = frozenset()

    @property
    def is_match(self) -> bool:
        """Whether two performers play against each other: "Arsenal vs Chelsea"."""
        performers = sorted((span["start"], span["end"]) for span in self.spans if span["label"] == Label.PER)
        between = (self.text[end:start] for (_s, end), (start, _e) in pairwise(performers))
        return any(_AGAINST.match(words) for words in between)


def tell_apart(artists: Sequence[A], around: Surroundings, companions: Companions) -> tuple[A, LinkHow]:
    """The artist that the surroundings speak for most, if for one alone; else the first, which is the usual one.

    Signs: two performers who play against each other (teams), acts that stood in the same titles before, words of the note.
    """
    if len(artists) == 1:
        return artists[0], LinkHow.KEY
    points = [_points(artist, around, companions.get(artist.pk, set())) for artist in artists]
    best = max(points)
    if points.count(best) == 1 and best > 0:
        return artists[points.index(best)], LinkHow.CONTEXT
    return artists[0], LinkHow.KEY


def _points(artist: A, around: Surroundings, company: set[int]) -> int:
    is_team = artist.kind == ArtistKind.TEAM
    points = _TEAM * (is_team and around.is_match)
    points += _NO_TEAM * (not is_team and artist.kind != ArtistKind.OTHER and not around.is_match)
    points += _COMPANY * len(company & around.others)
    words = set(_WORD.findall(around.text.casefold()))
    return points + _NOTE * bool(words & set(_WORD.findall(artist.note.casefold())))


def companions_among(artist_ids: Iterable[int]) -> Companions:
    """artist id -> those who stood in the same settled titles. One query, none without artists."""
    found: dict[int, set[int]] = defaultdict(set)
    wanted = sorted(set(artist_ids))
    if wanted:
        together = Mention.objects.filter(artist__in=wanted).values_list("artist", "annotation__mentions__artist")
        for artist_id, other in together.distinct():
            found[artist_id].add(other)
    return found
