"""Which artists the performers of a reading will be linked to, before anybody decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from itertools import islice

from annotator.domain.link_context import Companions, Surroundings, companions_among, tell_apart
from annotator.domain.name_lookup import Candidate, FoundArtist, How, find_candidates
from annotator.enums import Label, LinkHow


class LinkState(StrEnum):
    """KNOWN: one artist. DOUBTFUL: several of that name, or only names that are near. NEW: a row will be made."""

    KNOWN = auto()
    DOUBTFUL = auto()
    NEW = auto()


@dataclass(frozen=True)
class ForeseenLink:
    """`artist`: what the span will be linked to if nobody chooses, None for a new one; `candidates`: what may be chosen, best first."""

    start: int
    end: int
    state: LinkState
    artist: FoundArtist | None
    candidates: list[Candidate]


def foresee_links(readings: Sequence[tuple[str, Sequence[dict]]]) -> list[list[ForeseenLink]]:
    """For each (text, spans), in order, its performers as link_mentions would link them.

    Up to four queries, and one more for each name that the table does not have.
    """
    performers = [[span for span in spans if span["label"] == Label.PER] for _text, spans in readings]
    names = [
        text[span["start"] : span["end"]]
        for (text, _), found in zip(readings, performers, strict=True)
        for span in found
    ]
    found = iter(find_candidates(names))
    candidates = [list(islice(found, len(spans))) for spans in performers]
    companions = companions_among(_doubtful(candidates))
    return [
        _foresee(Surroundings(text, spans, _sure(of_title)), of_text, of_title, companions)
        for (text, spans), of_text, of_title in zip(readings, performers, candidates, strict=True)
    ]


def _exact(candidates: Sequence[Candidate]) -> list[FoundArtist]:
    return [candidate.artist for candidate in candidates if candidate.how == How.KEY]


def _doubtful(candidates: Sequence[Sequence[Sequence[Candidate]]]) -> list[int]:
    several = (artists for of_title in candidates for found in of_title if len(artists := _exact(found)) > 1)
    return [artist.pk for artists in several for artist in artists]


def _sure(candidates: Sequence[Sequence[Candidate]]) -> frozenset[int]:
    return frozenset(artists[0].pk for found in candidates if len(artists := _exact(found)) == 1)


def _foresee(
    around: Surroundings, performers: Sequence[dict], candidates: Sequence[Sequence[Candidate]], companions: Companions
) -> list[ForeseenLink]:
    links = []
    for span, found in zip(performers, candidates, strict=True):
        artist, state = _state(found, around, companions)
        links.append(ForeseenLink(span["start"], span["end"], state, artist, list(found)))
    return links


def _state(
    found: Sequence[Candidate], around: Surroundings, companions: Companions
) -> tuple[FoundArtist | None, LinkState]:
    artists = _exact(found)
    if not artists:
        return None, LinkState.DOUBTFUL if found else LinkState.NEW
    artist, how = tell_apart(artists, around, companions)
    is_sure = len(artists) == 1 or how == LinkHow.CONTEXT
    return artist, LinkState.KNOWN if is_sure else LinkState.DOUBTFUL
