"""Checks a reading against the annotation guidelines. A finding is a doubt, not an error: names exist that break every one of these rules.

static/js/review/lint.js does the same in the browser, from the same rules.json and held to the same cases (tests/data/lint_cases.json).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ner_core.files import sha256_of
from ner_core.spans import Span

Rules = Mapping[str, object]
RULES_FILE = Path(__file__).with_name("rules.json")
NAMES = ("PER", "LOC", "ORG", "MISC")
DIGITS = "0123456789"
SHORTEST_WORD = 5


@dataclass(frozen=True, order=True)
class Finding:
    """The span text[start:end] may break the guideline of this number; `code` says how and is stable."""

    start: int
    end: int
    code: str
    rule: int


@dataclass(frozen=True)
class _Place:
    """One span and what stands around it. `words` are its words in lower case, with straight apostrophes."""

    text: str
    span: Span
    before: Span | None
    after: Span | None

    @property
    def surface(self) -> str:
        return self.text[self.span.start : self.span.end]

    @property
    def words(self) -> list[str]:
        return fold(self.surface).split(" ")


@cache
def load_rules() -> Rules:
    """What rules.json says: code -> number of the guideline, and the lists of words and signs. Not to be changed."""
    return json.loads(RULES_FILE.read_text(encoding="utf-8"))


@cache
def edition() -> str:
    """Which edition of the guidelines these are, as far as a machine checks them: the first 12 signs of the hash of rules.json."""
    return sha256_of(RULES_FILE)[:12]


def fold(text: str) -> str:
    return text.lower().replace("’", "'")


def lint_reading(text: str, spans: Iterable[Span]) -> list[Finding]:
    """What a person should look at again, in the order of the text. `text` is a normalised title, `spans` are valid
    (ner_core.spans.validate_spans) and sorted; offsets are code points."""
    rules = load_rules()
    numbers = rules["rules"]
    ordered = list(spans)
    around = zip([None, *ordered], ordered, [*ordered[1:], None], strict=False)
    places = [_Place(text, span, before, after) for before, span, after in around]
    return [
        Finding(place.span.start, place.span.end, code, numbers[code])
        for place in places
        for code, check in CHECKS.items()
        if place.span.label in check.labels and check.breaks(place, rules)
    ]


def _is_two_acts(place: _Place, rules: Rules) -> bool:
    """A joining word or sign inside, unless the name is well known or a backing band follows ("& The ...", "and his ...")."""
    folded, words = fold(place.surface), place.words
    spelled = [folded, folded.replace(" and ", " & "), folded.replace(" & ", " and ")]
    if any(name.startswith(known) for name in spelled for known in rules["joined_names"]):
        return False
    if any(sign in folded for sign in rules["divided_by"]):
        return True
    return any(
        words[at] in rules["joiners"] and words[at + 1] not in rules["backed_by"] for at in range(1, len(words) - 1)
    )


def _has_edge_sign(place: _Place, rules: Rules) -> bool:
    surface = place.surface
    if surface[0] + surface[-1] in rules["wraps"]:
        return True
    return _starts_loose(surface, rules) or _ends_loose(surface, rules) or _ends_in_full_stop(place)


def _starts_loose(surface: str, rules: Rules) -> bool:
    """An opening sign that closes nowhere or only at the very end, or a sign that opens no name; ".38" and "-7" are figures."""
    closers = [pair[1] for pair in rules["pairs"] if pair[0] == surface[0]]
    if closers:
        return not any(closer in surface[1:-1] for closer in closers)
    return surface[0] in rules["signs_before"] and surface[1:2] not in tuple(DIGITS)


def _ends_loose(surface: str, rules: Rules) -> bool:
    """As _starts_loose, from the other end. A sign that stands there twice is meant: "Sunn O)))"."""
    openers = [pair[0] for pair in rules["pairs"] if pair[1] == surface[-1]]
    if openers:
        return surface[-2:-1] != surface[-1] and not any(opener in surface[1:-1] for opener in openers)
    return surface[-1] in rules["signs_after"]


def _ends_in_full_stop(place: _Place) -> bool:
    """ "Madrid.", but no abbreviation, no initials and no name in capitals ("LOUD.")."""
    word = place.surface.split(" ")[-1]
    stem = word[:-1]
    is_written_out = len(stem) >= SHORTEST_WORD and stem != stem.upper() and stem[1:] == stem[1:].lower()
    return place.span.label != "DATE" and word.endswith(".") and is_written_out and "." not in stem


def _is_possessive(place: _Place, rules: Rules) -> bool:
    return any(place.words[-1].endswith(ending) for ending in rules["possessives"])


def _starts_with_article(place: _Place, rules: Rules) -> bool:
    """In lower case before a word with a capital: part of a name it would have one as well."""
    first, _, rest = place.surface.partition(" ")
    return first in rules["articles"] and rest[:1] != rest[:1].lower()


def _is_generic(place: _Place, rules: Rules) -> bool:
    return fold(place.surface) in rules["generic"]


def _ends_generic(place: _Place, rules: Rules) -> bool:
    return any(fold(place.surface).endswith(f" {tail}") for tail in rules["generic_tails"])


def _has_outer_year(place: _Place, rules: Rules) -> bool:
    words = place.words
    return len(words) > 1 and (_is_year(words[0], rules) or _is_year(words[-1], rules))


def _is_divided(place: _Place, rules: Rules) -> bool:
    before = place.before
    return before is not None and before.label == "DATE" and _touches(place.text, before, place.span, rules)


def _has_weekday_outside(place: _Place, rules: Rules) -> bool:
    """The word before or after the date, where no span has it, is a weekday."""
    text, span = place.text, place.span
    left = text[place.before.end if place.before else 0 : span.start]
    right = text[span.end : place.after.start if place.after else len(text)]
    neighbours = (_trim(left, rules).split(" ")[-1], _trim(right, rules).split(" ")[0])
    return any(_is_weekday(word, rules) for word in neighbours)


def _has_outer_weekday(place: _Place, rules: Rules) -> bool:
    """At the edge of a name that a date touches: more likely a part of the date."""
    words, before, after = place.words, place.before, place.after
    opens = before is not None and before.label == "DATE" and _touches(place.text, before, place.span, rules)
    closes = after is not None and after.label == "DATE" and _touches(place.text, place.span, after, rules)
    return (opens and _is_weekday(words[0], rules)) or (closes and _is_weekday(words[-1], rules))


def _has_outer_preposition(place: _Place, rules: Rules) -> bool:
    words = place.words
    return len(words) > 1 and (words[0] in rules["date_prepositions"] or words[-1] in rules["date_prepositions"])


def _touches(text: str, left: Span, right: Span, rules: Rules) -> bool:
    return _trim(text[left.end : right.start], rules) == ""


def _trim(text: str, rules: Rules) -> str:
    return text.strip("".join(rules["gap_signs"]))


def _is_weekday(word: str, rules: Rules) -> bool:
    return _trim(fold(word), rules) in rules["weekdays"]


def _is_year(word: str, rules: Rules) -> bool:
    return len(word) == len("2026") and word[:2] in rules["centuries"] and all(char in DIGITS for char in word)


@dataclass(frozen=True)
class _Check:
    labels: tuple[str, ...]
    breaks: Callable[[_Place, Rules], bool]


CHECKS = {
    "two_acts": _Check(("PER",), _is_two_acts),
    "edge_sign": _Check((*NAMES, "DATE"), _has_edge_sign),
    "possessive": _Check(("PER",), _is_possessive),
    "article": _Check(NAMES, _starts_with_article),
    "generic_word": _Check(NAMES, _is_generic),
    "generic_tail": _Check(("PER",), _ends_generic),
    "date_in_name": _Check(("MISC",), _has_outer_year),
    "weekday_in_name": _Check(("MISC",), _has_outer_weekday),
    "date_divided": _Check(("DATE",), _is_divided),
    "weekday_outside": _Check(("DATE",), _has_weekday_outside),
    "date_preposition": _Check(("DATE",), _has_outer_preposition),
}
CODES = tuple(CHECKS)
