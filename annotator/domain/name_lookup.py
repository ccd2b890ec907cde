"""Which artists a name may mean: those with the same key, then near ones with a score."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from annotator.domain.name_index import keys_that_begin, keys_that_contain, keys_that_share_a_block
from annotator.enums import ArtistState
from annotator.models import Alias, Artist
from ner_core.gazetteer import artist_key
from ner_core.name_matching import LETTERS_FOR_DIGITS, SAME_KEY, key_with_letters, near_keys

KEYS_PER_QUERY = 10_000  # below SQLite's limit on parameters
MOST_CANDIDATES = 5
_FIELDS = ("name", "key", "note", "kind", "country", "state")


class How(StrEnum):
    """What makes an artist a candidate."""

    KEY = auto()
    LETTERS = auto()
    NEAR = auto()
    PART = auto()


@dataclass(frozen=True)
class Candidate:
    """An artist that a name may mean. `spelling` is the one that matched; score: 1 for the same key, less the further away."""

    artist: Artist
    spelling: str
    score: float
    how: How


def find_candidates(
    names: Sequence[str], *, fuzzy: bool = True, near_anyway: bool = False, most: int = MOST_CANDIDATES
) -> list[list[Candidate]]:
    """For each name, in order, the artists that it may mean, best first; rejected ones are left out.

    An exact key excludes near ones, unless `near_anyway`: names that are one letter apart are different acts more often than not.
    Exact keys take two queries for up to KEYS_PER_QUERY names; a name without one takes one more, by the index of pieces.
    """
    keys = [_keys_of(name) for name in names]
    exact = _artists_by_key({key for found in keys for key in found})
    own_keys = (
        next(iter(found)) for found in keys if found and (near_anyway or not any(key in exact for key in found))
    )
    missing = set(own_keys) if fuzzy else set()
    near = {key: near_keys(key, keys_that_share_a_block(key)) for key in missing}
    close = _artists_by_key({key for found in near.values() for key in found})
    return [_rank(_candidates(found, exact, near, close))[:most] for found in keys]


def suggest_artists(text: str, *, most: int = 8) -> list[Candidate]:
    """What somebody who has typed this so far may want: the name itself, names that begin with it, names with it inside, near names.

    Rejected artists are left out. Up to eight queries, each by an index.
    """
    text = text.replace("\x00", "")  # PostgreSQL takes none
    key = artist_key(text)
    if not key:
        return []
    found = _parts(key, keys_that_begin(key, most=most))
    if len(found) < most:
        found += _parts(key, keys_that_contain(key, most=most))
    if len(found) < most:
        found += find_candidates([text])[0]
    return _rank(found)[:most]


def _parts(key: str, others: Sequence[str]) -> list[Candidate]:
    """The score is the share of the name that is there; a beginning counts for more than what stands inside."""
    by_key = _artists_by_key(set(others))
    return [
        Candidate(artist, spelling, len(key) / len(other) * (1 if other.startswith(key) else 0.5), _how(key, other))
        for other, artists in by_key.items()
        for artist, spelling in artists
    ]


def _how(key: str, other: str) -> How:
    return How.KEY if other == key else How.PART


def _keys_of(name: str) -> dict[str, float]:
    """key -> score, the name's own key first."""
    if not (key := artist_key(name)):
        return {}
    letters = key_with_letters(name)
    return {key: SAME_KEY} | ({letters: LETTERS_FOR_DIGITS} if letters and letters != key else {})


def _candidates(
    keys: dict[str, float],
    exact: dict[str, list[tuple[Artist, str]]],
    near: dict[str, dict[str, float]],
    close: dict[str, list[tuple[Artist, str]]],
) -> Iterator[Candidate]:
    for key, score in keys.items():
        how = How.KEY if score == SAME_KEY else How.LETTERS
        yield from (Candidate(artist, spelling, score, how) for artist, spelling in exact.get(key, ()))
        for other, nearness in near.get(key, {}).items():
            yield from (Candidate(artist, spelling, nearness, How.NEAR) for artist, spelling in close.get(other, ()))


def _rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Best first, each artist once; confirmed before proposed, by name before by alias, the one without a note before its homonyms."""
    order = sorted(
        candidates,
        key=lambda found: (
            -found.score,
            found.artist.state != ArtistState.CONFIRMED,
            found.spelling != found.artist.name,
            found.artist.note != "",
            found.artist.pk,
        ),
    )
    best: dict[int, Candidate] = {}
    for candidate in order:
        best.setdefault(candidate.artist.pk, candidate)
    return list(best.values())


def _artists_by_key(keys: set[str]) -> dict[str, list[tuple[Artist, str]]]:
    """key -> artists with the spelling that has it."""
    found: dict[str, list[tuple[Artist, str]]] = defaultdict(list)
    ordered = sorted(keys)
    for start in range(0, len(ordered), KEYS_PER_QUERY):
        some = ordered[start : start + KEYS_PER_QUERY]
        for artist in Artist.objects.filter(key__in=some).exclude(state=ArtistState.REJECTED).only(*_FIELDS):
            found[artist.key].append((artist, artist.name))
        aliases = Alias.objects.filter(key__in=some).exclude(artist__state=ArtistState.REJECTED)
        fields = ("key", "name", *(f"artist__{field}" for field in _FIELDS))
        for alias in aliases.select_related("artist").only(*fields):
            found[alias.key].append((alias.artist, alias.name))
    return found
