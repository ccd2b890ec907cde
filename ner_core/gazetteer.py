"""Keys under which different spellings of one artist meet."""

import re
import unicodedata

# Signs that stand for a letter where they touch one: P!nk, Ke$ha, A$AP. At the end "!" is just loud (Wham!).
_DOLLAR = re.compile(r"\$(?=\w)|(?<=\w)\$")
_BANG = re.compile(r"(?<=[^\W\d_])!(?=[^\W\d_])")
_AND = re.compile(r"\s*[&+＆]\s*|\s+n['’]\s+|\s+['’]n['’]?\s+")
_THE = re.compile(r"^the\s+(?=\S)")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t"}
)


def artist_key(name: str) -> str:
    """The key of an artist's name: "P!nk" = "Pink", "The Beatles" = "beatles", "Simon & Garfunkel" = "simon and garfunkel".

    Accents, case, punctuation, a leading "the" and the spelling of "and" do not count; letters of every script do. Idempotent, and
    empty only for a blank name: a name without letters and digits ("!!!") keeps its signs.
    """
    spaced = " ".join(unicodedata.normalize("NFKC", name).split())
    folded = _strip_accents(spaced.casefold())
    words = _AND.sub(" and ", _BANG.sub("i", _DOLLAR.sub("s", folded)))
    plain = " ".join("".join(char if _counts(char) else _gap(char) for char in words).split())
    return _drop_the(plain) if plain else folded.replace(" ", "")


def _strip_accents(text: str) -> str:
    """Drops the marks of Latin, Greek and Cyrillic letters; in other scripts marks are vowels and stay."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFKD", text).translate(_LETTERS):
        if unicodedata.category(char) == "Mn" and (not kept or ord(kept[-1]) < 0x530):
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _counts(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _gap(char: str) -> str:
    """Apostrophes and full stops join what they stand between (O'Connor, M.I.A.); other signs part it (AC/DC)."""
    return "" if char in "'’`´.\u200d\u200b\u00ad" else " "


def _drop_the(key: str) -> str:
    shorter = _THE.sub("", key)
    return _drop_the(shorter) if shorter != key else key
