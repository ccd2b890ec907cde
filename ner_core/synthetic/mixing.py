"""Copies of annotated titles with other names in the same places: real shapes, endless surfaces."""

import random
import re
from collections.abc import Sequence

from ner_core.spans import Span
from ner_core.synthetic.dates import DateWriter
from ner_core.synthetic.generate import Example, TitleGenerator, pieces_to_example
from ner_core.synthetic.grammar import Piece
from ner_core.synthetic.material import Material
from ner_core.synthetic.noise import add_noise

_TOUR = re.compile(r"\b(tour|tournee|tournée|turné|turné[e]?|gira|tournée|wereldtournee)\b", re.IGNORECASE)
_FESTIVAL = re.compile(r"\b(festival|fest|fair|weekend|open air|week)\b", re.IGNORECASE)
_NIGHT = re.compile(
    r"\b(night|nacht|party|fridays|thursdays|saturdays|sundays|sessions|quiz|club)\b|#\d", re.IGNORECASE
)
_CODE = re.compile(r"[A-Z]{2,3}|[A-Z][a-z]")
_VENUE = re.compile(
    r"\b(the|theat\w+|hall|arena|club|live|bar|stage|house|ballroom|center|centre|stadium|room|teatro|salle|zénith|klub|academy|\d+)\b",
    re.IGNORECASE,
)
_BAND_AND = re.compile(r"\b(&|and)\s+(the|his|her)\b", re.IGNORECASE)


def split_pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """The title as pieces in order: the reverse of joining them."""
    pieces: list[Piece] = []
    at = 0
    for span in sorted(spans):
        pieces += [Piece(text[at : span.start], None), Piece(text[span.start : span.end], span.label)]
        at = span.end
    return [piece for piece in [*pieces, Piece(text[at:], None)] if piece.text]


class TitleMixer:
    """Endless copies of the given titles in which each mention is replaced with probability `swap` by one of its kind.

    Kinds follow the surface: a two-letter place by a code, a tour by a tour, a date by a date. The same seed gives the same copies.
    """

    def __init__(
        self, examples: Sequence[Example], material: Material, *, seed: int = 0, swap: float = 0.75, noise: float = 0.5
    ) -> None:
        self._titles = [split_pieces(example.text, example.spans) for example in examples]
        self._material = material
        self._generator = TitleGenerator(material, seed=seed + 1, noise=0.0)
        self._rng = random.Random(seed)
        self._swap = swap
        self._noise = noise
        self._pools: dict[str, list[str]] = {}
        for example in examples:
            for span in example.spans:
                surface = example.text[span.start : span.end]
                self._pools.setdefault(f"{span.label}:{self._kind(surface, span.label)}", []).append(surface)
        self._order: list[int] = []

    def draw(self) -> Example:
        if not self._order:
            self._order = list(range(len(self._titles)))
            self._rng.shuffle(self._order)
        pieces = self._titles[self._order.pop()]
        swap = self._swap if self._rng.random() < 0.85 else 0.0
        mixed = [self._replace(piece) if piece.label and self._rng.random() < swap else piece for piece in pieces]
        return pieces_to_example(add_noise(mixed, self._rng, self._noise), "gold")

    def _replace(self, piece: Piece) -> Piece:
        kind = self._kind(piece.text, piece.label)
        pool = self._pools[f"{piece.label}:{kind}"]
        if piece.label != "PER" and self._rng.random() < 0.25 and len(pool) > 5:
            return Piece(self._rng.choice(pool), piece.label)
        text = self._new(piece, kind)
        if piece.text.isupper() and len(piece.text) > 3 and self._rng.random() < 0.7:
            text = text.upper()
        return Piece(text, piece.label)

    def _new(self, piece: Piece, kind: str) -> str:
        if piece.label == "DATE":
            return self._date(piece.text)
        rule = _RULES[f"{piece.label}:{kind}"]
        language = self._rng.choice(["en", "en", "en", "nl", "de", "fr", "es", "it", "hu"])
        return "".join(part.text for part in self._generator.expand(language, rule)).strip()

    def _kind(self, surface: str, label: str) -> str:
        if label == "PER":
            return "band" if _BAND_AND.search(surface) else "act"
        if label == "LOC":
            if _CODE.fullmatch(surface) and len(surface) < 4:
                return "code"
            if any(surface == name for name, _ in self._material.states):
                return "state"
            if surface in self._countries():
                return "country"
            return "venue" if _VENUE.search(surface) else "city"
        if label == "MISC":
            for kind, pattern in (("tour", _TOUR), ("festival", _FESTIVAL), ("night", _NIGHT)):
                if pattern.search(surface):
                    return kind
            return "work"
        return "any"

    def _countries(self) -> frozenset[str]:
        return frozenset(self._material.countries)

    def _date(self, surface: str) -> str:
        """A date of like shape: a year for a year, digits for digits, words for words."""
        writer = DateWriter(self._rng, "en")
        if re.fullmatch(r"\d{4}", surface):
            return writer.year()[:4]
        if re.fullmatch(r"\d{1,2}([:.]\d\d)?\s?[ap]m", surface, re.IGNORECASE):
            return writer.time()
        numeric = not any(char.isalpha() for char in surface)
        for _ in range(12):
            text = writer.date()
            if numeric != any(char.isalpha() for char in text) and not re.fullmatch(r"\d{4}", text):
                return text
        return surface


_RULES = {
    "PER:act": "actname",
    "PER:band": "band",
    "LOC:code": "placecode",
    "LOC:state": "placestate",
    "LOC:country": "placecountry",
    "LOC:venue": "venuename",
    "LOC:city": "placecity",
    "MISC:tour": "tourname",
    "MISC:festival": "festivalname",
    "MISC:night": "nightname",
    "MISC:work": "workname",
    "ORG:any": "orgname",
}
