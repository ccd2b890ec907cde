"""The line-up view: the shape that existing client services read."""

from collections.abc import Iterable, Iterator

from annotator.enums import Label
from ner_core.spans import Span
from ner_core.text import normalise_title, tokens

KEYWORD_MIN_CHARS = 3
# Words that say nothing about an event, in the languages that titles mostly come in.
_FILLERS = """
and the with from for feat featuring presents pres vs one two some more you your our his her their this that are
von und der die das dem den des mit bei auf aus zum zur ein eine les aux une dans sur avec pour par chez est
van het een met voor door bij los las del con por para una gli nel alla dos com uma och med til
"""
FILLERS = frozenset(_FILLERS.split())


def lineup_view(text: str, spans: Iterable[Span]) -> dict[str, str | list[str]]:
    """The line-up of a title: {"event_name", "artists", "event_info", "location", "date", "related_keywords"}.

    event_name is the title as sent, trimmed; everything else is a list of texts (white space normalised) in the order of the title,
    each once, whatever its case. artists: PER, event_info: MISC, location: LOC, date: DATE. related_keywords: ORG, then the words
    left outside every span that say something about the event ("live", "workshop"): at least three letters and not a filler.
    """
    ordered = sorted(spans)
    pieces = {label: [text[span.start : span.end] for span in ordered if span.label == label] for label in Label.values}
    return {
        "event_name": text.strip(),
        "artists": _distinct(pieces[Label.PER]),
        "event_info": _distinct(pieces[Label.MISC]),
        "location": _distinct(pieces[Label.LOC]),
        "date": _distinct(pieces[Label.DATE]),
        "related_keywords": _distinct([*pieces[Label.ORG], *_words_outside(text, ordered)]),
    }


def _distinct(texts: Iterable[str]) -> list[str]:
    """The first spelling of each text, in order."""
    first: dict[str, str] = {}
    for text in map(normalise_title, texts):
        first.setdefault(text.casefold(), text)
    return list(first.values())


def _words_outside(text: str, spans: list[Span]) -> Iterator[str]:
    for start, end in tokens(text):
        word = text[start:end]
        inside = any(span.start < end and start < span.end for span in spans)
        if not inside and _says_something(word):
            yield word


def _says_something(word: str) -> bool:
    return sum(map(str.isalpha, word)) >= KEYWORD_MIN_CHARS and word.casefold() not in FILLERS
