"""The simulated loop: answers stay hidden until asked for, every title is reviewed once, and time follows the edits."""

import pytest

from annotator.domain.simulation import (
    EDIT_SECONDS,
    READ_SECONDS,
    READING_KEY_SECONDS,
    Point,
    seconds_for,
    simulate,
    titles_to_reach,
)
from annotator.enums import QueueStrategy
from ner_core.formats import Record
from ner_core.spans import Span
from ner_core.tagger import Reading

POOL = [Record(f"Nova {chr(65 + number)} in Rome", (Span(0, 6, "PER"), Span(10, 14, "LOC"))) for number in range(12)]
TEST = [Record("Orbit Z in Rome", (Span(0, 7, "PER"), Span(11, 15, "LOC")))]


class Knowing:
    """A tagger that finds the performer, and the place too once it was trained on `enough` titles."""

    def __init__(self, trained: int = 0, enough: int = 8):
        self.trained, self.enough, self.version, self.labels = trained, enough, "knowing", ()

    def tag(self, texts, **_options):
        return [self._read(text) for text in texts]

    def _read(self, text):
        end = text.index(" in ")
        spans = (Span(0, end, "PER", 0.9), Span(end + 4, len(text), "LOC", 0.9))
        known = spans if self.trained >= self.enough else spans[:1]
        return Reading(known, 0.5 + 0.4 * (ord(text[end - 1]) % 5) / 5, (Reading((), 0.05),))


@pytest.mark.parametrize("strategy", QueueStrategy.values)
def test_each_title_is_reviewed_once_and_the_model_is_trained_on_what_was_reviewed(strategy):
    trained = []

    def train(settled):
        trained.append([record.text for record in settled])
        return Knowing(len(settled))

    points = simulate(POOL, TEST, strategy=strategy, every=4, base=Knowing(), train=train)
    assert [point.titles for point in points] == [0, 4, 8, 12]
    assert [round(point.f1, 2) for point in points] == [0.67, 0.67, 1.0, 1.0]
    assert [len(set(texts)) for texts in trained] == [4, 8, 12]
    assert points[1].minutes == pytest.approx(4 * (READ_SECONDS + EDIT_SECONDS) / 60)
    assert points[3].minutes - points[2].minutes == pytest.approx(4 * READ_SECONDS / 60)


def test_uncertain_titles_come_first():
    order = []
    simulate(
        POOL,
        TEST,
        strategy="uncertain",
        every=12,
        base=Knowing(),
        train=lambda settled: order.extend(settled) or Knowing(),
    )
    confidences = [Knowing()._read(record.text).confidence for record in order]
    assert confidences == sorted(confidences)


def test_memory_saves_what_a_label_that_was_corrected_once_costs_again():
    wrong = [Record(f"Boston {name}", (Span(0, 6, "LOC"),)) for name in ("one", "two", "three")]

    class Wrong(Knowing):
        def _read(self, _text):
            return Reading((Span(0, 6, "PER", 0.6),), 0.5)

    minutes = [
        simulate(wrong, TEST, strategy="random", every=3, base=Wrong(), train=lambda _settled: Wrong(), memory=memory)[
            -1
        ].minutes
        for memory in (True, False)
    ]
    assert minutes == pytest.approx([(3 * READ_SECONDS + EDIT_SECONDS) / 60, 3 * (READ_SECONDS + EDIT_SECONDS) / 60])


def test_the_cheapest_reading_counts():
    gold = [Span(0, 3, "PER")]
    assert seconds_for(gold, [gold]) == READ_SECONDS
    assert seconds_for(gold, [[], gold]) == READ_SECONDS + READING_KEY_SECONDS
    assert seconds_for(gold, [[], []]) == READ_SECONDS + EDIT_SECONDS


def test_titles_to_reach():
    points = [Point(0, 0.5, 0), Point(80, 0.7, 1), Point(160, 0.8, 2)]
    assert [titles_to_reach(points, f1) for f1 in (0.4, 0.7, 0.75, 0.9)] == [0, 80, 160, None]
