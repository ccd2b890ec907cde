"""Which artists a name may mean: those with the same key, then near ones with a score."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum, auto
from typing import NamedTuple

from annotator.domain.name_index import keys_that_begin, keys_that_contain, keys_that_share_a_block
from annotator.enums import ArtistKind, ArtistState
from annotator.models import Alias, Artist
from annotator.models.artist import name_with_note
from ner_core.gazetteer import artist_key
from ner_core.name_matching import LETTERS_FOR_DIGITS, SAME_KEY, key_with_letters, near_keys

MOST_CANDIDATES = 5


class How(StrEnum):
    """What makes an artist a candidate."""

    KEY = auto()
    LETTERS = auto()
    NEAR = auto()
    PART = auto()


class FoundArtist(NamedTuple):
    """A row of the artist table, to be read only. A name that many share has thousands: a model instance for each takes too long."""

    id: int
    name: str
    key: str
    note: str
    kind: str
    country: str
    state: str

    @property
    def pk(self) -> int:
        return self.id

    def __str__(self) -> str:
        return name_with_note(self.name, self.note)

    def get_kind_display(self) -> str:
        return str(ArtistKind(self.kind).label)


class Candidate(NamedTuple):
    """An artist that a name may mean. `spelling` is the one that matched; score: 1 for the same key, less the further away."""

    artist: FoundArtist
    spelling: str
    score: float
    how: How


def find_candidates(
    names: Sequence[str], *, fuzzy: bool = True, near_anyway: bool = False, most: int = MOST_CANDIDATES
) -> list[list[Candidate]]:
    """For each name, in order, the artists that it may mean, best first; rejected ones are left out.

    An exact key excludes near ones, unless `near_anyway`: names that are one letter apart are different acts more often than not.
    Exact keys take two or three queries, however many names; a name without one takes one more, by the index of pieces.
    """
    keys = [_keys_of(name) for name in names]
    exact = _artists_by_key({key for found in keys for key in found})
    own_keys = (
        next(iter(found)) for found in keys if found and (near_anyway or not any(key in exact for key in found))
    )
    missing = set(own_keys) if fuzzy else set()
    near = {key: near_keys(key, keys_that_share_a_block(key)) for key in missing}
    close = _artists_by_key({key for found in near.values() for key in found})
    ranked: dict[tuple[str, ...], list[Candidate]] = {}
    for found in keys:
        if tuple(found) not in ranked:
            ranked[tuple(found)] = _rank(_candidates(found, exact, near, close))[:most]
    return [[*ranked[tuple(found)]] for found in keys]


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
        Candidate(row, spelling, len(key) / len(other) * (1 if other.startswith(key) else 0.5), _how(key, other))
        for other, rows in by_key.items()
        for row, spelling in rows
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
    exact: dict[str, list[tuple[FoundArtist, str]]],
    near: dict[str, dict[str, float]],
    close: dict[str, list[tuple[FoundArtist, str]]],
) -> Iterator[Candidate]:
    for key, score in keys.items():
        how = How.KEY if score == SAME_KEY else How.LETTERS
        yield from (Candidate(row, spelling, score, how) for row, spelling in exact.get(key, ()))
        for other, nearness in near.get(key, {}).items():
            yield from (Candidate(row, spelling, nearness, How.NEAR) for row, spelling in close.get(other, ()))


def _rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Best first, each artist once; confirmed before proposed, by name before by alias, the one without a note before its homonyms."""
    given = list(candidates)
    if len(given) < 2:
        return given
    given.sort(
        key=lambda found: (
            -found.score,
            found.artist.state != ArtistState.CONFIRMED,
            found.spelling != found.artist.name,
            found.artist.note != "",
            found.artist.id,
        )
    )
    best: dict[int, Candidate] = {}
    for candidate in given:
        best.setdefault(candidate.artist.id, candidate)
    return list(best.values())


def _artists_by_key(keys: set[str]) -> dict[str, list[tuple[FoundArtist, str]]]:
    """key -> artists with the spelling that has it. Up to three queries: a join of millions of rows takes PostgreSQL longer."""
    found: dict[str, list[tuple[FoundArtist, str]]] = defaultdict(list)
    if not keys:
        return found
    wanted = sorted(keys)
    rows = {row.id: row for row in _rows(key__any_of=wanted)}
    for row in rows.values():
        found[row.key].append((row, row.name))
    aliases = list(Alias.objects.filter(key__any_of=wanted).values_list("key", "name", "artist_id"))
    if others := {artist_id for _key, _name, artist_id in aliases} - rows.keys():
        rows |= {row.id: row for row in _rows(id__any_of=sorted(others))}
    for key, name, artist_id in aliases:
        if artist_id in rows:
            found[key].append((rows[artist_id], name))
    return found


def _rows(**condition: list) -> Iterator[FoundArtist]:
    rows = Artist.objects.exclude(state=ArtistState.REJECTED).filter(**condition)
    return map(FoundArtist._make, rows.values_list(*FoundArtist._fields))
