"""Titles that are the same but for the date, the order or the case: a family. Data sets keep a family on one side of a split."""

import hashlib
import re
import unicodedata
from typing import Literal

from ner_core.synthetic.dates import date_words

Side = Literal["train", "dev"]
_WORD = re.compile(r"[^\W\d_]+")


def title_family(text: str) -> str:
    """The title's words in alphabetical order, each once: small letters without accents; numbers, months and weekdays are left out.

    "Ana Torres | Sat 12 May" and "ana torrés - 3 juin" are one family. A title without any other word is a family of its own.
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    words = set(_WORD.findall(plain)) - date_words()
    return " ".join(sorted(words)) or plain.strip()


def side_of(text: str, *, seed: str, dev_share: float) -> Side:
    """Which side of the split a title is on: the same for its whole family, on every machine, for ever (as long as the seed is)."""
    return side_of_family(title_family(text), seed=seed, dev_share=dev_share)


def side_of_family(family: str, *, seed: str, dev_share: float) -> Side:
    digest = hashlib.sha256(f"{seed}:{family}".encode("utf-8", "surrogatepass")).digest()
    return "dev" if int.from_bytes(digest[:8], "big") / 2**64 < dev_share else "train"
