"""Keys under which different spellings of one artist meet."""

import re
import unicodedata

# Signs that stand for a letter where they touch one: P!nk, Ke$ha, A$AP. At the end "!" is just loud (Wham!).
_DOLLAR = re.compile(r"\$(?=\w)|(?<=\w)\$")
_BANG = re.compile(r"(?<=[^\W\d_])!(?=[^\W\d_])")
_AND = re.compile(r"(?<=\w)\s*[&+]\s*(?=\w)|(?<=\w)\s+['’]?n['’]?\s+(?=\w)")
_SIGNS_AFTER_THE = re.compile(r"the\s+(\W+)")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t"}
)


def artist_key(name: str) -> str:
    """The key of an artist's name: P!nk and Pink are "pink", AC/DC is "acdc", Simon & Garfunkel is "simonandgarfunkel".

    Accents, case, blanks, punctuation, a leading "the" and the spelling of "and" do not count; letters of every script do. Idempotent,
    and empty only for a blank name: a name without letters and digits ("!!!") keeps its signs.
    """
    key, again = name, _fold(name)
    while again != key:  # dropping a sign may bring a mark next to a new letter
        key, again = again, _fold(again)
    return key


def _fold(name: str) -> str:
    spaced = " ".join(unicodedata.normalize("NFKC", name).split())
    folded = _strip_accents(spaced.casefold())
    spelled = _AND.sub(" and ", _BANG.sub("i", _DOLLAR.sub("s", folded)))
    words = "".join(_plain(char) for char in spelled).split()
    while len(words) > 1 and words[0] == "the":
        del words[0]
    if words == ["the"] and (signs := _SIGNS_AFTER_THE.fullmatch(folded)):
        return _squeeze(signs[1])
    return "".join(words) or _squeeze(folded) or _squeeze(spaced)


def _strip_accents(text: str) -> str:
    """Drops the marks of Latin, Greek and Cyrillic letters; in other scripts marks are vowels and stay."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFKD", text).translate(_LETTERS):
        if unicodedata.category(char) == "Mn" and (not kept or ord(kept[-1]) < 0x530):
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _plain(char: str) -> str:
    """Apostrophes and full stops join what they stand between (O'Connor, M.I.A.); other signs part it."""
    if unicodedata.category(char)[0] in "LNM":
        return char
    return "" if char in "'’`´.\u200d\u200b\u00ad" else " "


def _squeeze(text: str) -> str:
    return "".join(text.split())
