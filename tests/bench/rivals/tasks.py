"""The work that every tool is given: demo titles with a number, so that none comes twice, with the readings of the built-in model."""

from dataclasses import dataclass
from functools import cache

from ner_core.spans import Span
from ner_core.tagger import load_tagger
from tests.bench.tagging import STARTER, titles_without_repeats


@dataclass(frozen=True)
class Task:
    text: str
    spans: tuple[Span, ...]


def made_tasks(count: int, *, first: int = 0) -> list[Task]:
    """A demo title is read once: the number behind it moves no span."""
    readings = _readings()
    texts = titles_without_repeats(count, first=first)
    return [Task(text, readings[text.rpartition(" ")[0]]) for text in texts]


def rare_word(tasks: list[Task]) -> str:
    """The longest word of the first title, so one that about one title in five hundred has."""
    words = (word.strip(".,:;!?()\"'") for word in tasks[0].text.split())
    return max(words, key=len)


@cache
def _readings() -> dict[str, tuple[Span, ...]]:
    tagger = load_tagger(STARTER, threads=2)
    texts = list(dict.fromkeys(text.rpartition(" ")[0] for text in titles_without_repeats(1_000)))
    return {
        text: tuple(Span(span.start, span.end, span.label) for span in reading.spans)
        for text, reading in zip(texts, tagger.tag(texts, n_best=1), strict=True)
    }
