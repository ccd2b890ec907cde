"""How good readings are: exact spans, whole titles, line-ups, and the kinds of errors. Agrees with gold/score.py."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ner_core.spans import Span

ErrorKind = Literal["missed", "invented", "wrong_label", "wrong_edge", "split", "merged"]
ERROR_KINDS: tuple[ErrorKind, ...] = ("missed", "invented", "wrong_label", "wrong_edge", "split", "merged")


@dataclass(frozen=True)
class PRF:
    """Counts of right, wrong and missed spans; counts of two data sets add up with +. The rates are 0 where nothing is counted."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: "PRF") -> "PRF":
        return PRF(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        return _share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return _share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def to_dict(self) -> dict:
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**rates, "tp": self.tp, "fp": self.fp, "fn": self.fn}


class SpanDifference(NamedTuple):
    """Overlapping spans of gold and prediction that do not agree; one of the two lists may be empty."""

    kind: ErrorKind
    gold: tuple[Span, ...]
    predicted: tuple[Span, ...]


@dataclass(frozen=True)
class Score:
    """Counts over titles; scores of two data sets add up with +."""

    titles: int = 0
    exact_titles: int = 0
    exact_lineups: int = 0
    labels: dict[str, PRF] = field(default_factory=dict)
    errors: Counter[ErrorKind] = field(default_factory=Counter)

    def __add__(self, other: "Score") -> "Score":
        names = [*self.labels, *(name for name in other.labels if name not in self.labels)]
        return Score(
            self.titles + other.titles,
            self.exact_titles + other.exact_titles,
            self.exact_lineups + other.exact_lineups,
            {name: self.labels.get(name, PRF()) + other.labels.get(name, PRF()) for name in names},
            self.errors + other.errors,
        )

    @property
    def micro(self) -> PRF:
        return sum(self.labels.values(), PRF())

    @property
    def title_exact(self) -> float:
        return _share(self.exact_titles, self.titles)

    @property
    def lineup_exact(self) -> float:
        return _share(self.exact_lineups, self.titles)

    def to_dict(self) -> dict:
        """Rates and counts for a manifest or a report."""
        return {
            "titles": self.titles,
            "title_exact": self.title_exact,
            "lineup_exact": self.lineup_exact,
            "micro": self.micro.to_dict(),
            "labels": {name: self.labels[name].to_dict() for name in sorted(self.labels)},
            "errors": {kind: self.errors[kind] for kind in ERROR_KINDS},
        }


def score_title(gold: Iterable[Span], predicted: Iterable[Span]) -> Score:
    """A span is right only if start, end and label all agree. Both lists are flat (no overlaps)."""
    gold, predicted = list(gold), list(predicted)
    wanted, given = {span.triple for span in gold}, {span.triple for span in predicted}
    labels = {
        label: PRF(
            tp=sum(triple[2] == label for triple in wanted & given),
            fp=sum(triple[2] == label for triple in given - wanted),
            fn=sum(triple[2] == label for triple in wanted - given),
        )
        for label in sorted({triple[2] for triple in wanted | given})
    }
    errors = Counter(difference.kind for difference in compare_spans(gold, predicted))
    return Score(1, int(wanted == given), int(_lineup(wanted) == _lineup(given)), labels, errors)


def score_titles(pairs: Iterable[tuple[Sequence[Span], Sequence[Span]]]) -> Score:
    """Sums score_title over (gold, predicted) pairs."""
    return sum((score_title(gold, predicted) for gold, predicted in pairs), Score())


def compare_spans(gold: Iterable[Span], predicted: Iterable[Span]) -> list[SpanDifference]:
    """The differences between two flat readings, one for each group of overlapping spans, in the order of the text.

    missed: nothing predicted there; invented: nothing in gold there; split: one gold span, several predicted; merged: the reverse;
    wrong_label: one each, other label (whatever the edges); wrong_edge: all else, also shifted chains.
    """
    differences = []
    for gold_group, predicted_group in _overlap_groups(list(gold), list(predicted)):
        if {span.triple for span in gold_group} != {span.triple for span in predicted_group}:
            kind = _kind(gold_group, predicted_group)
            differences.append(SpanDifference(kind, tuple(gold_group), tuple(predicted_group)))
    return differences


def _overlap_groups(gold: list[Span], predicted: list[Span]) -> list[tuple[list[Span], list[Span]]]:
    tagged = sorted(
        [(span, 0) for span in gold] + [(span, 1) for span in predicted],
        key=lambda item: (item[0].start, item[0].end),
    )
    groups: list[tuple[list[Span], list[Span]]] = []
    reach = -1
    for span, side in tagged:
        if span.start >= reach:
            groups.append(([], []))
        groups[-1][side].append(span)
        reach = max(reach, span.end)
    return groups


def _kind(gold: list[Span], predicted: list[Span]) -> ErrorKind:
    if not predicted:
        return "missed"
    if not gold:
        return "invented"
    if len(gold) == len(predicted) == 1:
        return "wrong_label" if gold[0].label != predicted[0].label else "wrong_edge"
    if len(gold) == 1:
        return "split"
    return "merged" if len(predicted) == 1 else "wrong_edge"


def _lineup(triples: set[tuple[int, int, str]]) -> set[tuple[int, int, str]]:
    return {triple for triple in triples if triple[2] == "PER"}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
