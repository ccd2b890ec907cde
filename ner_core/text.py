"""Normal form, tokens and offset conversions of titles. All offsets are Unicode code points, ends exclusive."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple


class Token(NamedTuple):
    start: int
    end: int


def normalise_title(text: str) -> str:
    """NFC, every run of white space to one blank, no white space at the ends. Idempotent."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True)
class NormalisedText:
    """A text, its normal form, and the way between their offsets."""

    raw: str
    text: str
    _starts: Sequence[int]
    _ends: Sequence[int]

    @classmethod
    def of(cls, raw: str) -> "NormalisedText":
        """`text` equals normalise_title(raw); each of its characters knows the raw range it came from."""
        if raw == normalise_title(raw):
            return cls(raw, raw, range(len(raw)), range(1, len(raw) + 1))
        chars: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for start, end in _segments(raw):
            composed = unicodedata.normalize("NFC", raw[start:end])
            exact = composed == raw[start:end]
            for index, char in enumerate(composed):
                chars.append(char)
                starts.append(start + index if exact else start)
                ends.append(start + index + 1 if exact else end)
        return cls(raw, *_collapse(chars, starts, ends))

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """The raw range of text[start:end]; an empty range stays empty."""
        if start >= end:
            at = self._starts[start] if start < len(self.text) else len(self.raw)
            return at, at
        return self._starts[start], self._ends[end - 1]

    def from_raw(self, start: int, end: int) -> tuple[int, int]:
        """The range of `text` that covers raw[start:end]; empty if that is white space which was dropped."""
        first = bisect_right(self._ends, start)
        last = bisect_right(self._starts, end - 1)
        return (first, last) if first < last and start < end else (first, first)


def _segments(raw: str) -> list[tuple[int, int]]:
    """Cuts raw where NFC acts on the left and the right side independently."""
    if unicodedata.is_normalized("NFC", raw):
        return [(index, index + 1) for index in range(len(raw))]
    cuts = [0]
    for index in range(1, len(raw)):
        if _begins_segment(raw[cuts[-1] : index], raw[index]):
            cuts.append(index)
    return list(zip(cuts, [*cuts[1:], len(raw)], strict=True)) if raw else []


def _begins_segment(before: str, char: str) -> bool:
    if char.isascii() or before[-1].isspace():
        return True
    if unicodedata.combining(unicodedata.normalize("NFD", char)[0]):
        return False
    nfc = unicodedata.normalize("NFC", before)
    return unicodedata.normalize("NFC", before + char) == nfc + unicodedata.normalize("NFC", char)


def _collapse(chars: list[str], starts: list[int], ends: list[int]) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    text: list[str] = []
    kept: list[tuple[int, int]] = []
    for char, start, end in zip(chars, starts, ends, strict=True):
        if not char.isspace():
            text.append(char)
            kept.append((start, end))
        elif text and text[-1] == " ":
            kept[-1] = (kept[-1][0], end)
        elif text:
            text.append(" ")
            kept.append((start, end))
    if text and text[-1] == " ":
        text.pop()
        kept.pop()
    return "".join(text), tuple(start for start, _ in kept), tuple(end for _, end in kept)


# A token is found in a string of character classes, one letter for each character of the text:
#   L letter  N digit  H letter of a script without blanks  K katakana  D dollar  M mark or modifier  Z joiner
#   A apostrophe  Y hyphen  P full stop  C number joiner  B sign that stands for a letter  E pictograph
#   R regional indicator  S space  X other
_TOKEN = re.compile(
    r"(?:(?:LM*P){2,}(?:LM*(?![LNMZ]))?"  # M.I.A.  S.O.S
    r"|(?:[LN]|D(?=D*L)|(?<=[LMZD])D"  # letters and digits, $uicideboy$, Ke$ha
    r"|(?<=[LNMZD])A(?=L)"  # Rock'n'Roll
    r"|(?<=[LNMZD])Y(?=[LND])"  # Jay-Z, 10-12
    r"|(?<=[LMZ])B(?=L)"  # P!nk, M*A*S*H
    r"|(?<=N)[PC](?=N)"  # 12.05.2019, 20:30, 10,000
    r"|(?<=[LNMZDAYBPC])[MZ])+"
    r"|K[KMZ]*"
    r"|EM*(?:ZEM*)*"
    r"|RR"
    r"|[^S])[MZ]*"  # no token begins with a mark that has something to stand on
)
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|un|all|coll|dall|dell|nell|sull)['’](?=.)", re.IGNORECASE)
_INNER_HYPHEN = re.compile(r"(?<=[^\W\d_]{2})[-‐‑](?=[^\W\d_]{2})")
_POSSESSIVE = re.compile(r"(?<=.)['’]s\Z", re.IGNORECASE)

_SINGLE = {
    "'": "A",
    "’": "A",
    "-": "Y",
    "‐": "Y",
    "‑": "Y",
    ".": "P",
    "!": "B",
    "*": "B",
    "_": "B",
    "$": "D",
    "\u200d": "Z",
}
_SINGLE |= dict.fromkeys(":,/", "C")
_RANGES = (
    ("H", 0x0E00, 0x0EFF),  # Thai, Lao
    ("H", 0x0F00, 0x0FFF),  # Tibetan
    ("H", 0x1000, 0x109F),  # Myanmar
    ("H", 0x1780, 0x17FF),  # Khmer
    ("H", 0x3005, 0x3007),
    ("H", 0x3040, 0x309F),  # Hiragana
    ("K", 0x30A0, 0x30FF),  # Katakana
    ("K", 0x31F0, 0x31FF),
    ("H", 0x3400, 0x4DBF),  # Han
    ("H", 0x4E00, 0x9FFF),
    ("H", 0xF900, 0xFAFF),
    ("K", 0xFF66, 0xFF9F),
    ("H", 0x20000, 0x3FFFF),
    ("R", 0x1F1E6, 0x1F1FF),
    ("M", 0x1F3FB, 0x1F3FF),  # skin tones
    ("M", 0xE0020, 0xE007F),  # tag characters of flags
    ("E", 0x2600, 0x27BF),
    ("E", 0x1F000, 0x1FAFF),
)


@lru_cache(maxsize=4096)
def _class_of(char: str) -> str:
    if char in _SINGLE:
        return _SINGLE[char]
    if char.isspace():
        return "S"
    category = unicodedata.category(char)
    if category[0] == "M" or char in "\u00ad\u200c":
        return "M"
    code = ord(char)
    for name, low, high in _RANGES:
        if low <= code <= high:
            return name if name in "REM" or category[0] == "L" else _by_category(category)
    return _by_category(category)


def _by_category(category: str) -> str:
    return category[0] if category[0] in "LN" else "X"


def tokens(text: str) -> list[Token]:
    """The tokens of a text: they do not overlap, hold no white space, and cover everything else.

    Runs of letters, digits and marks with inner apostrophes and hyphens; dates and times in digits; dotted initials; P!nk and
    $uicideboy$. French and Italian elisions (l'), the possessive 's, every other sign and every emoji sequence stand alone;
    so does each letter of a script that is written without blanks.
    """
    return list(_tokens(text))


@lru_cache(maxsize=1024)  # a chunk of titles is asked for its tokens when it is read, and again when it is ranked
def _tokens(text: str) -> tuple[Token, ...]:
    classes = "".join(map(_class_of, text))
    found = [Token(*match.span()) for match in _TOKEN.finditer(classes)]
    if "'" in text or "’" in text:
        found = [part for token in found for part in _split_apostrophes(text, *token)]
    return tuple(found)


def boundaries(text: str) -> list[int]:
    """Where a decoder may begin or end a span, ascending: the token edges and both sides of a hyphen between two words."""
    found = tokens(text)
    edges = set(chain.from_iterable(found))
    if "-" in text or "‐" in text or "‑" in text:
        for token in found:
            edges.update(edge for hyphen in _INNER_HYPHEN.finditer(text, *token) for edge in hyphen.span())
    return sorted(edges)


def _split_apostrophes(text: str, start: int, end: int) -> list[Token]:
    word = text[start:end]
    cuts = {start, end}
    if elision := _ELISION.match(word):
        cuts.add(start + elision.end())
    if possessive := _POSSESSIVE.search(word):
        cuts.add(start + possessive.start())
    return [Token(left, right) for left, right in pairwise(sorted(cuts))]


def utf16_to_code_points(text: str, offset: int) -> int:
    """An offset in UTF-16 units (JavaScript) as code points; inside a surrogate pair it is the start of the pair."""
    if text.isascii():
        return min(offset, len(text))
    units = 0
    for index, char in enumerate(text):
        units += 2 if ord(char) > 0xFFFF else 1
        if units > offset:
            return index
    return len(text)


def code_points_to_utf16(text: str, offset: int) -> int:
    """An offset in code points as UTF-16 units."""
    return offset if text.isascii() else offset + sum(ord(char) > 0xFFFF for char in text[:offset])
