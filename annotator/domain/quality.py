"""How good the desk's readings are: pure figures from the rows of annotator.domain.queries.quality."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from annotator.domain.estimates import Share, share_of, weighted_share
from annotator.enums import Action, Band
from ner_core.calibration import expected_calibration_error
from ner_core.metrics import ErrorKind, compare_spans
from ner_core.spans import span_from_dict

Triples = frozenset[tuple[int, int, str]]
BINS = 10

# What a person does about a difference: the keys of the review card.
EDITS: dict[ErrorKind, str] = {
    "missed": "add",
    "invented": "remove",
    "wrong_label": "relabel",
    "wrong_edge": "edge",
    "split": "edge",
    "merged": "edge",
}
KINDS = ("accept", "relabel", "edge", "add", "remove", "nothing", "skip", "flag")


@dataclass(frozen=True)
class Judged:
    """A title that people settled, beside what the model had read. `wrong`: not exactly the settled reading.

    `probability`: that of the title's being looked at, which is below 1 for audits. `weakest`: the least score of each label's spans.
    """

    confidence: float
    wrong: bool
    audit: bool = False
    probability: float = 1.0
    model: int | None = None
    weakest: Mapping[str, float] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        return 1 / self.probability


class Decision(NamedTuple):
    """One verdict beside the reading that was shown, or kept back (`blind`). `band`: of that reading, by today's limits."""

    action: str
    spans: Sequence[dict]
    shown: Sequence[dict]
    band: str
    blind: bool = False


class ReviewerRow(NamedTuple):
    """`timed` verdicts took `timed_ms` together; `compared` titles were settled by others too, `agreed` of them as this person read."""

    username: str
    verdicts: int
    timed: int
    timed_ms: int
    compared: int
    agreed: int

    @property
    def per_hour(self) -> int | None:
        return round(self.timed * 3_600_000 / self.timed_ms) if self.timed_ms else None

    @property
    def agreement(self) -> Share | None:
        return share_of(self.agreed, self.compared)


@dataclass(frozen=True)
class ReliabilityBin:
    """Confidences in [low, high): their mean, and the share of readings that were right."""

    low: float
    high: float
    mean: float
    right: Share


@dataclass(frozen=True)
class Anchoring:
    """How often people differ from the model when they see its reading and when they do not, in one band.

    `waved_through`: the estimated share of shown cards on which a suggestion was let pass that the same people would not have made.
    """

    band: str
    blind: Share
    shown: Share

    @property
    def waved_through(self) -> float:
        return max(0.0, self.blind.value - self.shown.value)


def triples(spans: Iterable[dict]) -> Triples:
    return frozenset((span["start"], span["end"], span["label"]) for span in spans)


def weakest_scores(spans: Iterable[dict]) -> dict[str, float]:
    """The least score of each label's spans."""
    weakest: dict[str, float] = {}
    for span in spans:
        weakest[span["label"]] = min(weakest.get(span["label"], 1.0), span.get("score") or 0.0)
    return weakest


def auto_error(judged: Iterable[Judged]) -> Share | None:
    """The share of automatically settled titles that were wrong, from the audit alone: what people looked up themselves was not
    drawn by lot. Each counts for as many titles as it stands for."""
    return weighted_share((row.wrong, row.weight) for row in judged if row.audit)


def reliability(judged: Iterable[Judged]) -> list[ReliabilityBin]:
    """Ten bins of confidence, without the empty ones: is 0.8 right eight times in ten?"""
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for row in judged:
        bins[min(BINS - 1, int(row.confidence * BINS))].append(row)
    return [_bin(number, rows) for number, rows in enumerate(bins) if rows]


def calibration_error(judged: Sequence[Judged]) -> float | None:
    return expected_calibration_error([row.confidence for row in judged], [not row.wrong for row in judged], BINS)


def edits_of(decision: Decision) -> set[str]:
    """What the person did to the reading that was shown: some of KINDS; more than one where several edits were made."""
    if decision.action in {Action.SKIP, Action.FLAG}:
        return {str(decision.action)}
    if triples(decision.spans) == triples(decision.shown):
        return {"accept"}
    if not decision.spans:
        return {"nothing"}
    wanted, shown = map(span_from_dict, decision.spans), map(span_from_dict, decision.shown)
    return {EDITS[difference.kind] for difference in compare_spans(wanted, shown)}


def count_edits(decisions: Iterable[Decision]) -> dict[str, int]:
    """How many verdicts on cards with a reading contain each kind, in the order of KINDS. Blind cards are left out."""
    counts = Counter(kind for decision in decisions if not decision.blind for kind in edits_of(decision))
    return {kind: counts[kind] for kind in KINDS}


def anchoring(decisions: Iterable[Decision]) -> list[Anchoring]:
    """For each band that has both blind and other cards; empty without blind cards. Compared within a band, because blind cards
    may be drawn from other bands than the rest."""
    differs: dict[tuple[str, bool], list[bool]] = {}
    for decision in decisions:
        if decision.action not in {Action.SKIP, Action.FLAG}:
            differs.setdefault((decision.band, decision.blind), []).append(
                triples(decision.spans) != triples(decision.shown)
            )
    found = []
    for band in Band:
        blind, shown = differs.get((band, True), []), differs.get((band, False), [])
        if blind and shown:
            found.append(Anchoring(band, share_of(sum(blind), len(blind)), share_of(sum(shown), len(shown))))
    return found


def _bin(number: int, rows: Sequence[Judged]) -> ReliabilityBin:
    right = weighted_share((not row.wrong, row.weight) for row in rows)
    mean = sum(row.confidence * row.weight for row in rows) / sum(row.weight for row in rows)
    return ReliabilityBin(number / BINS, (number + 1) / BINS, mean, right)
