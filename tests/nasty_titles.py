"""Titles that somebody sends by mistake or on purpose: what the desk takes, what it refuses, and lines that are no titles at all."""

import csv
import io
import json
from dataclasses import dataclass

from ner_core.text import normalise_title

LIVE = "alert(1)"  # what would run if one of them ever did


@dataclass(frozen=True)
class Nasty:
    """`code`: what it is refused with, "" if it is taken."""

    name: str
    text: str
    code: str = ""

    @property
    def stored(self) -> str:
        """The documented normal form: NFC, single blanks."""
        return normalise_title(self.text)


TAKEN = [
    Nasty("script tag", "<script>alert(1)</script> Ana Torres"),
    Nasty("script tag that ends another", "</script><script>alert(1)//</script><!-- Ana"),
    Nasty("image that fails", 'Ana "><img src=x onerror=alert(1)> Torres'),
    Nasty("attribute", "Ana' onmouseover='alert(1)' Torres"),
    Nasty("address", "javascript:alert(1) Ana"),
    Nasty("textarea", "</textarea></title><svg onload=alert(1)>"),
    Nasty("template", "{{ settings.SECRET_KEY }} {% debug %} Ana"),
    Nasty("formula", '=HYPERLINK("http://evil.example","Ana Torres")'),
    Nasty("program", "=cmd|' /C calc'!A0"),
    Nasty("plus", "+33 6 12 34"),
    Nasty("minus", "-M- live"),
    Nasty("at", "@SUM(A1:A9)"),
    Nasty("apostrophe before a formula", "'=1+1"),
    Nasty("override that ends", "Ana \u202eserroT\u202c live"),
    Nasty("override that never ends", "\u202eAna Torres in Rome"),
    Nasty("isolate closed from inside", "Ana\u2069\u2069\u202e Torres"),
    Nasty("joiners and tags", "A\u200dna \u200bTorres \U000e0041\U000e007f"),
    Nasty("marks in heaps", "Z" + "\u0335\u0336" * 300 + "oe"),
    Nasty("decomposed", "Mare\u0301e n\u0303o"),
    Nasty("odd blanks", "\u00a0 Ana\u3000Torres \t live "),
    Nasty("line separators", "Ana\u2028Torres\u2029live\x85now"),
    Nasty("SQL", "'; DROP TABLE annotator_title; --"),
    Nasty("path", "../../../../etc/passwd"),
    Nasty("separators", 'Ana, "Bob"; Cy|Dee\\'),
    Nasty("JSON", '{"title": ["Ana"]}'),
    Nasty("words for nothing", "null NaN None undefined"),
    Nasty("model tokens", "<s>Ana</s><mask><pad>"),
    Nasty("placeholders", "%s %(name)s {0} $HOME `id` 100 %"),
    Nasty("escapes spelt out", r"Ana \u0000 \x1b[31m \ud800 \n"),
    Nasty("no characters", "Ana \uffff\ufdd0 \ue000 Torres"),
    Nasty("emoji family", "👩\u200d👩\u200d👧‍👦 Family 🎉"),
    Nasty("the longest", "é" * 2000),
]
REFUSED = [
    Nasty("NUL", "Ana\x00Torres", "control_characters"),
    Nasty("escape sequence", "\x1b]0;Ana\x07", "control_characters"),
    Nasty("eight-bit escape sequence", "Ana \x9b31m", "control_characters"),
    Nasty("one too many", "é" * 2001, "too_long"),
    Nasty("nearly 1 MB", "x" * 1_000_000, "too_long"),
    Nasty("nothing to see", "\u202e\u200b", "empty"),
]
SURROGATE = Nasty("half of a pair", "Ana \ud83d", "invalid_unicode")  # only JSON can say it

BROKEN_BYTES = {
    "Latin-1": b"caf\xe9 d\xe9cor",
    "overlong slash": b"\xc0\xaf Ana",
    "surrogate as UTF-8": b"Ana \xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "cut off": b"Ana \xf0\x9f",
}
TOO_LONG_LINE = b"y" * ((1 << 20) + 10)
BROKEN_JSON = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"title":' * 100_000,
    "endless number": b"9" * 10_000,
    "cut off": b'{"title": "Ana',
}


def by_name(case: object) -> str | None:
    """ids= of parametrize."""
    return getattr(case, "name", None)


def as_txt(texts: list[str]) -> bytes:
    return "\n".join(texts).encode()


def as_csv(texts: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("id", "title"), *enumerate(texts)])
    return out.getvalue().encode()


def as_jsonl(texts: list[str]) -> bytes:
    return "\n".join(json.dumps({"title": text}) for text in texts).encode()


WRITERS = {"txt": as_txt, "csv": as_csv, "jsonl": as_jsonl}
FIRST_LINE = {"txt": 1, "csv": 2, "jsonl": 1}
