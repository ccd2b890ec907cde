"""The title generator: titles with spans, reproducible from a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ner_core.labels import LABELS
from ner_core.spans import Span
from ner_core.synthetic.grammar import Expander, Grammar, Piece
from ner_core.synthetic.lexicon import Lexicon
from ner_core.synthetic.material import Material
from ner_core.synthetic.noise import add_noise, tidy
from ner_core.text import normalise_title

_DATA = Path(__file__).parent / "data"
_FIXED = frozenset({"sep", "listsep"})
LANGUAGES = {
    "en": 44, "nl": 11, "de": 9, "fr": 17, "es": 4, "it": 3, "pt": 2, "pl": 3, "hu": 4, "sv": 1.5, "da": 1.5, "no": 0.7, "fi": 0.6,
    "cs": 1.2,
    "hr": 0.5, "ro": 0.5, "ru": 1, "tr": 0.5, "ca": 0.5,
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A title in normal form with its spans; language is that of the rules it came from."""

    text: str
    spans: tuple[Span, ...]
    language: str = ""


@lru_cache
def load_grammar() -> Grammar:
    grammar = Grammar()
    for path in sorted(_DATA.glob("*.grammar")):
        grammar.read(path)
    return grammar


def pieces_to_example(pieces: list[Piece], language: str = "") -> Example:
    """Joins pieces to a normal-form title. Raises ValueError for a label that is not one of LABELS."""
    text = ""
    spans = []
    for piece in tidy(pieces):
        words = " ".join(piece.text.split())
        if not words:
            text += " " if piece.text and text and not text.endswith(" ") else ""
            continue
        lead = " " if piece.text[0].isspace() and text and not text.endswith(" ") else ""
        start = len(text) + len(lead)
        text += lead + words
        if piece.label is not None:
            if piece.label not in LABELS:
                raise ValueError(f"unknown label {piece.label!r}")
            spans.append(Span(start, len(text), piece.label))
        if piece.text[-1].isspace():
            text += " "
    return Example(text.rstrip(), tuple(spans), language)


class TitleGenerator:
    """Endless titles. The same seed, material and languages give the same titles on every machine."""

    def __init__(
        self, material: Material, *, seed: int = 0, noise: float = 1.0, languages: dict[str, float] | None = None
    ) -> None:
        self._material = material
        self._rng = random.Random(seed)
        self._noise = noise
        weights = languages or LANGUAGES
        self._languages, self._weights = list(weights), list(weights.values())
        self._grammar = load_grammar()

    def __iter__(self) -> Iterator[Example]:
        while True:
            yield self.draw()

    def draw(self) -> Example:
        language = self._rng.choices(self._languages, self._weights)[0]
        while True:
            pieces = self.expand(language, "title")
            example = pieces_to_example(add_noise(pieces, self._rng, self._noise), language)
            if 0 < len(example.text) <= 200 and normalise_title(example.text) == example.text:
                return example

    def expand(self, language: str, rule: str) -> list[Piece]:
        lexicon = Lexicon(self._material, self._rng, language)
        return Expander(self._grammar, lexicon.table, language, self._rng, _FIXED).expand(rule)
