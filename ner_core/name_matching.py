"""How near two spellings of an artist's name are, and which parts of a key a near spelling must share."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ner_core.gazetteer import artist_key

SHORTEST_FUZZY = 6  # characters of a key: shorter names (U2, M83, Air) match exactly or not at all
TWO_EDITS_FROM = 12
SAME_KEY = 1.0
LETTERS_FOR_DIGITS = 0.95
_DIGITS = re.compile(r"\d+")
# A digit within a word or at its end stands for the letter that it looks like: R3HAB, deadmau5. In front, or after another, it is a number.
_LEET = re.compile(r"(?<=[^\W\d_])[013457](?!\d)")
_LEET_LETTERS = dict(zip("013457", "oieast", strict=True))


@dataclass(frozen=True)
class Block:
    """A part of a key. A key within most_edits of that one holds at least one of its blocks, at the same end where there is one."""

    text: str
    is_first: bool
    is_last: bool


def most_edits(key: str) -> int:
    """How many edits (insert, delete, replace, swap two neighbours) a key may be away to be a candidate: 0, 1 or 2, by its length."""
    if len(key) < SHORTEST_FUZZY:
        return 0
    return 1 if len(key) < TWO_EDITS_FROM else 2


def blocks_of(key: str) -> list[Block]:
    """The key in most_edits + 1 parts of equal length; empty where only the key itself will do.

    One edit spoils one block, so that whoever looks for keys with one of them misses none within bounds, but for two letters swapped
    just across a cut (pigeonhole, as in Li, Deng, Wang & Feng 2011, "Pass-Join").
    """
    if not (edits := most_edits(key)):
        return []
    count = edits + 1
    cuts = [len(key) * part // count for part in range(count + 1)]
    return [Block(key[cuts[part] : cuts[part + 1]], is_first=part == 0, is_last=part == edits) for part in range(count)]


def key_similarity(one: str, other: str) -> float | None:
    """1 for equal keys, 1 - edits / length for near ones, None beyond most_edits of the shorter one or with other numbers in them."""
    if one == other:
        return SAME_KEY
    allowed = most_edits(min(one, other, key=len))
    if not allowed or _DIGITS.findall(one) != _DIGITS.findall(other):
        return None
    edits = OSA.distance(one, other, score_cutoff=allowed)
    return 1 - edits / max(len(one), len(other)) if edits <= allowed else None


def near_keys(key: str, others: Iterable[str]) -> dict[str, float]:
    """key_similarity with each of many keys, those within bounds only; in C but for the few that are near."""
    allowed = most_edits(key)
    close = process.extract(key, set(others), scorer=OSA.distance, score_cutoff=allowed, limit=None, processor=None)
    scores = ((other, key_similarity(key, other)) for other, _edits, _index in close)
    return {other: score for other, score in scores if score is not None}


def key_with_letters(name: str) -> str | None:
    """The key of a name with the letters that its digits may stand for (deadmau5: "deadmaus"); None for a name without such digits."""
    spelled = _LEET.sub(lambda digit: _LEET_LETTERS[digit[0]], name)
    return artist_key(spelled) if spelled != name and len(artist_key(name)) >= SHORTEST_FUZZY - 1 else None
