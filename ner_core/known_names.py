"""What an artist table knows of a title: known names sharpen the scores of a reading, and may put another of the n best first."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ner_core.spans import Span
from ner_core.tagger import Reading
from ner_core.text import Token, tokens

PERFORMER = "PER"
LONGEST_NAME = 6  # words
SHORTEST_KEY = 3  # characters
OFFERED_SCORE = 0.5  # of a span that the table brings and the model did not read
_SURE = 0.999


@dataclass(frozen=True)
class KnownName:
    """A name of the artist table in a title. `is_short`: one word, which may as well be an ordinary one (Future, Live, Boston)."""

    start: int
    end: int
    is_short: bool


@dataclass(frozen=True)
class KnownNamesRule:
    """How much a known name tells, in log odds.

    agrees, agrees_short: a performer span that is a known name; missed: a known name of several words that touches no span; other:
    one that is a span of another label. offer: the best reading with the missed names as performers, where the model has no such
    reading, against the best reading. span, span_short: what agreeing adds to the score of a span.
    Fitted by `python -m ner_core.training known-names` on titles that the model was not trained on; see the starter's card.
    """

    agrees: float = 0.0
    agrees_short: float = 0.0
    missed: float = 0.0
    other: float = 0.0
    offer: float = -3.0
    span: float = 0.0
    span_short: float = 0.0

    def evidence(self, spans: Iterable[Span], known: Sequence[KnownName]) -> float:
        """Log odds that the table adds to a reading with these spans."""
        return sum(weight * count for weight, count in zip(self._weights(), features(spans, known), strict=True))

    def _weights(self) -> tuple[float, float, float, float]:
        return self.agrees, self.agrees_short, self.missed, self.other

    def sharpen(self, reading: Reading, known: Sequence[KnownName]) -> Reading:
        """The n best readings in the light of the known names, best first; all confidences still sum to at most 1.

        What is not among the n best is taken to agree with nothing. A title without known names stays as it is; one more reading is offered
        where the best one misses a known name that no other has.
        """
        if not known:
            return reading
        readings = [replace(reading, alternatives=()), *reading.alternatives]
        rest = max(0.0, 1.0 - sum(one.confidence for one in readings))
        if offered := with_missed_names(reading, known):
            readings.append(replace(offered, confidence=reading.confidence * math.exp(self.offer)))
        weights = [one.confidence * math.exp(self.evidence(one.spans, known)) for one in readings]
        total = sum(weights) + rest
        sharpened = [
            replace(one, spans=self._scored(one.spans, known), confidence=round(min(_SURE, weight / total), 6))
            for one, weight in zip(readings, weights, strict=True)
        ]
        best, *others = sorted(sharpened, key=lambda one: -one.confidence)
        return replace(best, alternatives=tuple(others), outside_risk=reading.outside_risk)

    def _scored(self, spans: Sequence[Span], known: Sequence[KnownName]) -> tuple[Span, ...]:
        names = {(name.start, name.end): name for name in known}
        return tuple(self._shifted(span, names.get((span.start, span.end))) for span in spans)

    def _shifted(self, span: Span, name: KnownName | None) -> Span:
        if name is None or span.label != PERFORMER or span.score is None:
            return span
        shift = self.span_short if name.is_short else self.span
        odds = math.log(min(_SURE, max(1e-6, span.score)) / (1 - min(_SURE, max(1e-6, span.score)))) + shift
        return replace(span, score=round(1 / (1 + math.exp(-odds)), 6))


RULE = KnownNamesRule(agrees=0.82, agrees_short=0.63, missed=-0.3, other=-0.62, offer=-2.0, span=0.9, span_short=1.0)


def features(spans: Iterable[Span], known: Sequence[KnownName]) -> tuple[int, int, int, int]:
    """How often known names agree with performers (long, short), are missed, or are spans of another label."""
    spans = list(spans)
    at = {(span.start, span.end): span.label for span in spans}
    long = [name for name in known if not name.is_short]
    agree = sum(at.get((name.start, name.end)) == PERFORMER for name in long)
    short = sum(at.get((name.start, name.end)) == PERFORMER for name in known if name.is_short)
    other = sum(at.get((name.start, name.end), PERFORMER) != PERFORMER for name in long)
    missed = sum(not any(_touch(span, name) for span in spans) for name in long)
    return agree, short, missed, other


def with_missed_names(reading: Reading, known: Sequence[KnownName]) -> Reading | None:
    """The best reading with the known names of several words that it misses as performers; None if there are none, or the model has it."""
    missed = [name for name in known if not name.is_short and not any(_touch(span, name) for span in reading.spans)]
    added = [Span(name.start, name.end, PERFORMER, OFFERED_SCORE) for name in missed]
    spans = tuple(sorted([*reading.spans, *added], key=lambda span: span.start))
    has = [{span.triple for span in one.spans} for one in reading.alternatives]
    if not added or {span.triple for span in spans} in has:
        return None
    return Reading(spans, 0.0)


def _touch(span: Span, name: KnownName) -> bool:
    return span.start < name.end and name.start < span.end


def phrases(text: str, *, besides: Collection[tuple[int, int]] = ()) -> list[tuple[int, int, bool]]:
    """(start, end, one word?) of each run of at most LONGEST_NAME words that may be a name: words at both ends, some capital or digit.
    None that touches a place of `besides`."""
    free: list[list[Token]] = [[]]
    for token in tokens(text):
        if any(start < token.end and token.start < end for start, end in besides):
            free.append([])
        elif text[token.start : token.end].strip():
            free[-1].append(token)
    return [phrase for words in free for phrase in _runs(text, words)]


def _runs(text: str, words: Sequence[Token]) -> Iterator[tuple[int, int, bool]]:
    ends = [token.end if _is_word(text, token) else None for token in words]
    for first, token in enumerate(words):
        for end in ends[first : first + LONGEST_NAME] if ends[first] else ():
            if end and not text[token.start : end].islower():
                yield token.start, end, end == token.end


def longest(names: Iterable[KnownName]) -> list[KnownName]:
    """Without names that stand inside a longer one; in the order of the text."""
    kept: list[KnownName] = []
    for name in sorted(names, key=lambda name: (name.start - name.end, name.start)):
        if not any(name.start < other.end and other.start < name.end for other in kept):
            kept.append(name)
    return sorted(kept, key=lambda name: name.start)


def _is_word(text: str, token: Token) -> bool:
    word = text[token.start : token.end]
    return word.isalnum() or any(map(str.isalnum, word))
