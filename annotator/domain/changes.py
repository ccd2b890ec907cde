"""What a person changed in a model's reading, and the same change in another title. Pure: no database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from annotator.domain.surfaces import surface_key, surface_of
from annotator.enums import Label
from ner_core.spans import SpanError, span_from_dict, validate_spans

Spans = Sequence[Mapping]


@dataclass(frozen=True)
class SpanChange:
    """A span of the model that a person took away (`after` is empty), relabelled, or gave other edges: (surface, label) of what
    stands there now."""

    key: str
    label: str
    surface: str
    after: tuple[tuple[str, str], ...]

    def matches(self, surface: str, label: str) -> bool:
        """Performers meet by their key (P!nk, Pink); signs count in everything else (1/11 is not 11/1)."""
        if label != self.label:
            return False
        if label == Label.PER:
            return surface_key(surface) == self.key
        return surface.casefold() == self.surface.casefold()

    def to_dict(self) -> dict:
        return asdict(self) | {"after": [list(pair) for pair in self.after]}


@dataclass(frozen=True)
class Carried:
    """A reading with changes carried over to it. `kept`: its spans that no change touched; `replaced`: those that one did."""

    spans: list[dict]
    kept: list[dict]
    replaced: list[dict]


def find_changes(text: str, predicted: Spans, decided: Spans) -> list[SpanChange]:
    """Each predicted span that is not among the decided ones, with what stands in its place. Spans that the model had not read at
    all are no change of a mention, and what is too long for a key cannot be found elsewhere: both are left out."""
    kept = {_triple(span) for span in decided}
    changes = {}
    for span in predicted:
        surface = surface_of(text, span)
        if _triple(span) in kept or not (key := surface_key(surface)):
            continue
        after = [(surface_of(text, other), other["label"]) for other in decided if _overlap(span, other)]
        changes[key, span["label"]] = SpanChange(key, span["label"], surface, tuple(after))
    return list(changes.values())


def carry_over(changes: Iterable[SpanChange], text: str, spans: Spans) -> Carried | None:
    """The changes made to another title's reading; None if none of its spans is meant, or the words or the room are not there."""
    matched = [
        (span, change) for span in spans for change in changes if change.matches(surface_of(text, span), span["label"])
    ]
    replaced = [dict(span) for span, _ in matched]
    kept = [dict(span) for span in spans if span not in replaced]
    placed = [_place(text, span, change, *pair) for span, change in matched for pair in change.after]
    if not matched or None in placed:
        return None
    unique = list({_triple(span): span for span in placed if span}.values())
    result = sorted([*kept, *unique], key=lambda span: span["start"])
    try:
        validate_spans(text, map(span_from_dict, result))
    except SpanError:
        return None
    return Carried(result, kept, replaced)


def _place(text: str, span: Mapping, change: SpanChange, surface: str, label: str) -> dict | None:
    """Where the words stand that belong in the place of `span`: whole words, on it or over it."""
    if surface == change.surface:
        return {"start": span["start"], "end": span["end"], "label": label}
    for found in re.finditer(rf"(?<!\w){re.escape(surface)}(?!\w)", text, re.IGNORECASE):
        place = {"start": found.start(), "end": found.end(), "label": label}
        if _overlap(span, place):
            return place
    return None


def _overlap(one: Mapping, other: Mapping) -> bool:
    return one["start"] < other["end"] and other["start"] < one["end"]


def _triple(span: Mapping) -> tuple[int, int, str]:
    return span["start"], span["end"], span["label"]
