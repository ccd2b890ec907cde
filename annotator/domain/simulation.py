"""Does the loop pay? A reviewer played from gold settles titles in the order of a strategy; a model is trained anew every few titles.

Nothing here touches the database. The answers are hidden until the title is asked for. Time is modelled, not measured.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from annotator.domain.queue_order import (
    DIVERSE_SHARE,
    NOTHING_FOUND,
    OUTSIDE_RISK,
    UNCERTAIN_SHARE,
    cluster_key,
)
from annotator.domain.sampling import share_of
from annotator.enums import Label, QueueStrategy
from ner_core.formats import Record
from ner_core.gazetteer import artist_key
from ner_core.known_names import RULE
from ner_core.metrics import compare_spans, score_titles
from ner_core.spans import Span, span_to_dict
from ner_core.tagger import Reading, Tagger, load_tagger
from ner_core.training.encoding import to_normal_form
from ner_core.training.finetune import Blend, finetune
from ner_core.training.known_names import known_in
from ner_core.training.loop import LoopSettings

READ_SECONDS, READING_KEY_SECONDS, EDIT_SECONDS = 1.5, 0.7, 3.0
Train = Callable[[Sequence[Record]], Tagger]


@dataclass(frozen=True)
class Point:
    """After so many titles: F1 on the titles that nobody reviews, and the reviewer's minutes until then."""

    titles: int
    f1: float
    minutes: float


@dataclass
class _Desk:
    """What the reviewer has decided so far. `names`: keys of performers; `labels`: surface -> label; without `memory` both stay unused."""

    memory: bool
    seconds: float = 0.0
    settled: list[Record] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)

    def review(self, record: Record, reading: Reading) -> None:
        shown = self._as_shown(record.text, reading)
        self.seconds += seconds_for(record.spans, shown)
        self.settled.append(record)
        for span in record.spans:
            self.labels[record.text[span.start : span.end]] = span.label
            if span.label == Label.PER:
                self.names.add(artist_key(record.text[span.start : span.end]))

    def _as_shown(self, text: str, reading: Reading) -> list[Sequence[Span]]:
        """The readings on keys 1 to 3, with what earlier decisions teach: known artists, and labels carried over."""
        if self.memory:
            reading = RULE.sharpen(reading, known_in(text, self.names))
        readings = [reading.spans, *(other.spans for other in reading.alternatives[:2])]
        return [self._relabelled(text, spans) for spans in readings] if self.memory else readings

    def _relabelled(self, text: str, spans: Sequence[Span]) -> list[Span]:
        return [Span(span.start, span.end, self.labels.get(text[span.start : span.end], span.label)) for span in spans]


def simulate(
    pool: Sequence[Record],
    test: Sequence[Record],
    *,
    strategy: str,
    every: int,
    base: Tagger,
    train: Train,
    memory: bool = True,
    on_point: Callable[[Point], None] = lambda _point: None,
) -> list[Point]:
    """One run: the base's F1 first, then a point after every `every` reviewed titles, until the pool is empty."""
    desk, tagger, rest = _Desk(memory), base, list(pool)
    points = [Point(0, f1_of(tagger, test), 0.0)]
    on_point(points[0])
    while rest:
        readings = dict(zip((record.text for record in rest), _tag(tagger, rest), strict=True))
        seen = Counter(cluster_key(record.text, map(span_to_dict, record.spans)) for record in desk.settled)
        ranked = sorted(rest, key=lambda record: _rank(record.text, readings[record.text], strategy, seen))
        for record in ranked[:every]:
            desk.review(record, readings[record.text])
        rest = ranked[every:]
        tagger = train(desk.settled)
        points.append(Point(len(desk.settled), f1_of(tagger, test), desk.seconds / 60))
        on_point(points[-1])
    return points


def titles_to_reach(points: Sequence[Point], f1: float) -> int | None:
    """The first point that is as good; None if none is."""
    return next((point.titles for point in points if point.f1 >= f1), None)


def seconds_for(gold: Sequence[Span], shown: Sequence[Sequence[Span]]) -> float:
    """Reading a title, the key of the reading that needs the fewest edits, and those edits."""
    costs = []
    for number, spans in enumerate(shown):
        edits = len(compare_spans(gold, spans))
        costs.append(READ_SECONDS + READING_KEY_SECONDS * (number > 0) + EDIT_SECONDS * edits)
    return min(costs)


def f1_of(tagger: Tagger, records: Sequence[Record]) -> float:
    readings = _tag(tagger, records)
    return score_titles(
        (record.spans, reading.spans) for record, reading in zip(records, readings, strict=True)
    ).micro.f1


def trainer(base: Path, *, steps: int, threads: int) -> Train:
    """Trains from `base` on everything that is settled, each time anew, in a directory that goes away."""

    def train(settled: Sequence[Record]) -> Tagger:
        settings = LoopSettings(steps=steps, rate=1.2e-4, average=0.98, layer_decay=0.95, seed=17)
        with TemporaryDirectory() as home:
            examples = [to_normal_form(record.text, record.spans) for record in settled]
            finetune(
                base,
                examples,
                Path(home),
                held_out=[],
                name="simulated",
                settings=settings,
                blend=Blend(),
                threads=threads,
            )
            return load_tagger(home, threads=threads)

    return train


def _tag(tagger: Tagger, records: Sequence[Record]) -> list[Reading]:
    return tagger.tag([record.text for record in records], n_best=2)


def _rank(text: str, reading: Reading, strategy: str, seen: Counter) -> float:
    """As annotator.domain.queue_order ranks; lowest first."""
    lane = _lane(text) if strategy == QueueStrategy.MIXED else strategy
    if lane == QueueStrategy.RANDOM:
        return share_of(f"place:{text}")
    if lane == QueueStrategy.DIVERSE:
        alike = seen[cluster_key(text, map(span_to_dict, reading.spans))]
        return alike / (alike + 1) + 0.05 * share_of(f"place:{text}")
    return reading.confidence - OUTSIDE_RISK * reading.outside_risk - NOTHING_FOUND * (not reading.spans)


def _lane(text: str) -> QueueStrategy:
    drawn = share_of(f"lane:{text}")
    if drawn < UNCERTAIN_SHARE:
        return QueueStrategy.UNCERTAIN
    return QueueStrategy.DIVERSE if drawn < UNCERTAIN_SHARE + DIVERSE_SHARE else QueueStrategy.RANDOM


def numbered(points: Sequence[Point]) -> Iterator[dict]:
    for point in points:
        yield {"titles": point.titles, "f1": round(point.f1, 4), "minutes": round(point.minutes, 2)}
