"""Keys under which different spellings of one artist meet."""

import re
import unicodedata

# Signs that stand for a letter where they touch one: P!nk, Ke$ha, A$AP. At the end "!" is just loud (Wham!).
_DOLLAR = re.compile(r"\$(?=\$*\w)|(?<=\w)\$|(?<=\w\$)\$")
_BANG = re.compile(r"(?<=[^\W\d_])!(?=[^\W\d_])")
_AT = re.compile(r"(?<=[^\W\d_])@(?=[^\W\d_])")
_AND = re.compile(r"(?<=\w)\s*[&+]\s*(?=\w)|(?<=\w)\s+['’]?n['’]?\s+(?=\w)|(?<=\w)['’]n['’](?=\w)")
_ARTICLE_LAST = re.compile(r"(.*\w\W*),\s*the", re.DOTALL)
_FOREIGN = re.compile(r"[\u0370-\u052f]")
_LATIN_WITH_OTHERS = re.compile(r"\w*[a-z]\w*")
# Cyrillic and Greek letters that look like a Latin one, in small or capital form, or are drawn for it (Λ, Ξ).
_LOOKALIKES = str.maketrans(
    "аевкмнорстухіјѕ" + "αβεζηικμνορτυχ" + "λδξσ",
    "aebkmhopctyxijs" + "abezhikmnoptyx" + "aaee",
)
_SIGNS_AFTER_THE = re.compile(r"the\s+(\W+)")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t"}
)


def artist_key(name: str) -> str:
    """The key of an artist's name: P!nk and Pink are "pink", AC/DC is "acdc", Simon & Garfunkel is "simonandgarfunkel".

    Accents, case, blanks, punctuation, "the" at the front or behind a comma, and the spelling of "and" do not count; nor does whether
    a letter among Latin ones is the Cyrillic or Greek one that looks like it. Letters of every script count. Idempotent, and empty only
    for a blank name: a name without letters and digits ("!!!") keeps its signs.
    """
    key, again = name, _fold(name)
    while again != key and not _is_plain(again):  # dropping a sign may bring a mark next to a new letter
        key, again = again, _fold(again)
    return again


def _is_plain(key: str) -> bool:
    """Nothing in it that folds any further."""
    return key.isascii() and key.isalnum()


def _fold(name: str) -> str:
    is_ascii = name.isascii()  # most names: nothing to decompose, and looked through five times as fast
    spaced = " ".join((name if is_ascii else unicodedata.normalize("NFKC", name)).split())
    folded = spaced.lower() if is_ascii else _LATIN_WITH_OTHERS.sub(_latin, _strip_accents(spaced.casefold()))
    if _is_wordy(folded):
        words = folded.split()
    else:
        if behind := _ARTICLE_LAST.fullmatch(folded):
            folded = behind[1]
        spelled = _AND.sub(" and ", _AT.sub("a", _BANG.sub("i", _DOLLAR.sub("s", folded))))
        words = (spelled.translate(_PLAIN_ASCII) if is_ascii else "".join(map(_plain, spelled))).split()
    while len(words) > 1 and words[0] == "the":
        del words[0]
    if words == ["the"] and (signs := _SIGNS_AFTER_THE.fullmatch(folded)):
        return _squeeze(signs[1])
    return "".join(words) or _squeeze(folded) or _squeeze(spaced)


def _is_wordy(folded: str) -> bool:
    """Nothing but words of ASCII letters and digits, none of which stands for "and"."""
    return folded.isascii() and folded.replace(" ", "").isalnum() and " n " not in folded


def _latin(word: re.Match[str]) -> str:
    """A word with Latin letters whose other letters all look like Latin ones; any other word as it is (МакSим is Cyrillic)."""
    spelled = word[0].translate(_LOOKALIKES)
    return spelled if not _FOREIGN.search(spelled) else word[0]


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


_PLAIN_ASCII = {code: _plain(chr(code)) for code in range(128)}


def _squeeze(text: str) -> str:
    return "".join(text.split())
