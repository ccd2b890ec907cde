"""What stands at the edges of units and between spans, for many texts at once: what a reading is judged by besides its labels."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ner_core.candidates import SpanTable

# Texts are joined by a sign that opens and closes, as the ends of a text do, and stands in no partner and no white space.
_BETWEEN = "|"
_OPENS = re.compile(r"(?:[|/•·:;,+&@(\[–—*\"“]|(?<=\s)-)\s*")
_CLOSES = re.compile(r"\s*(?:[|/•·:;,+&@)\]–—*\"”]|-(?=\s))")
_SEPARATOR = re.compile(r"(?=([|/•:;,@]|\s[-–—]+\s))")  # what seldom stands inside a name
_PARTNER = re.compile(r"(?=(\s[&+x]\s|,))")
_LIST = re.compile(r"^\s*(?:[,/+&•|]|x|vs\.?|b2b|and|et|und|en|y)\s*$", re.IGNORECASE)
_DASH = re.compile(r"^\s*[-–—:|]+\s*$")
_MAY_END_A_NAME = list(")!?.")

GAPS = ("touch", "list", "dash", "")  # what may stand between two spans, "" for anything else


class Places(NamedTuple):
    """Of S spans, [S] each. words: int; free_edges: int, how many edges stand beside a sign or an end of the text; the others: bool."""

    words: np.ndarray
    free_edges: np.ndarray
    small_letter: np.ndarray
    sign_at_edge: np.ndarray
    separator_inside: np.ndarray
    partners: np.ndarray


class Texts:
    """B texts as one string, and what can be told of it once for all their spans."""

    def __init__(self, texts: Sequence[str], starts: np.ndarray, ends: np.ndarray) -> None:
        """starts, ends: int [B, U], the code points of each unit in its text; 0 where there is none."""
        self._joined = _BETWEEN + _BETWEEN.join(texts) + _BETWEEN
        sizes = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
        self._finish = np.cumsum(sizes + 1)  # [B]: where each text ends in the string
        self._begin = self._finish - sizes
        self._starts, self._ends = ((table + self._begin[:, None]).ravel() for table in (starts, ends))  # [B * U]
        self._units = starts.shape[1]
        self._letters = np.array([self._joined]).view("U1")
        blank = np.strings.isspace(self._letters)
        self._visible = np.cumsum(~blank)
        self._begins_word = ~blank
        self._begins_word[1:] &= blank[:-1]
        self._begins_word[self._begin] = ~blank[self._begin]

    def capital_words(self) -> np.ndarray:
        """int [B]: how many words begin with a capital letter or a digit."""
        first = self._letters[self._begins_word]
        counted = np.zeros(len(self._letters), dtype=np.intp)
        counted[self._begins_word] = np.strings.isupper(first) | np.strings.isdigit(first)
        counted = np.cumsum(counted)
        return counted[self._finish - 1] - counted[self._begin - 1]

    def places(self, spans: SpanTable) -> Places:
        starts, ends = self._starts, self._ends
        first, last = (spans.text * self._units + unit for unit in (spans.first, spans.last))
        word = np.cumsum(self._begins_word)
        end, sign = ends.take(last), self._letters[ends - 1]
        return Places(
            words=1 + word[ends - 1].take(last) - word[starts].take(first),
            free_edges=self._marks(_OPENS, 1)[starts].take(first) + self._marks(_CLOSES, 0)[ends].take(last),
            small_letter=np.strings.islower(self._letters[starts]).take(first),
            sign_at_edge=~(np.strings.isalnum(sign) | np.isin(sign, _MAY_END_A_NAME)).take(last),
            separator_inside=self._next(_SEPARATOR)[starts].take(first) <= end,
            partners=self._next(_PARTNER)[starts].take(first) <= end,
        )

    def gaps(self, spans: SpanTable, left: np.ndarray) -> np.ndarray:
        """int [P]: what stands between each span of `left` (int [P]) and the one after it, as a place in GAPS."""
        begin = self._ends.take(spans.text.take(left) * self._units + spans.last.take(left))
        end = self._starts.take(spans.text.take(left) * self._units + spans.first.take(left + 1))
        kinds = np.zeros(len(left), dtype=np.intp)
        apart = np.flatnonzero(self._visible.take(begin - 1) < self._visible.take(end - 1))
        unique, inverse = np.unique(begin.take(apart) * len(self._letters) + end.take(apart), return_inverse=True)
        cuts = zip((unique // len(self._letters)).tolist(), (unique % len(self._letters)).tolist(), strict=True)
        kinds[apart] = np.array([_gap(self._joined[start:stop]) for start, stop in cuts], dtype=np.intp)[inverse]
        return kinds

    def _marks(self, pattern: re.Pattern[str], side: int) -> np.ndarray:
        """int [letters + 1]: 1 where a match begins (side 0) or ends (side 1)."""
        found = np.zeros(len(self._letters) + 1, dtype=np.intp)
        found[[match.span()[side] for match in pattern.finditer(self._joined)]] = 1
        return found

    def _next(self, pattern: re.Pattern[str]) -> np.ndarray:
        """int [letters]: where the first match that begins here or later ends. No match may hold another."""
        found = [match.span(1) for match in pattern.finditer(self._joined)]
        begins, ends = np.array([*found, (len(self._letters), len(self._letters) + 1)]).T
        return ends.repeat(np.diff(begins, prepend=-1))


@lru_cache(maxsize=4096)
def _gap(between: str) -> int:
    if _LIST.match(between):
        return GAPS.index("list")
    return GAPS.index("dash" if _DASH.match(between) else "")
