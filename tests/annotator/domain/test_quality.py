"""Figures of the quality page against ones worked out by hand."""

import pytest

from annotator.domain.estimates import share_of
from annotator.domain.quality import (
    Decision,
    Judged,
    ReviewerRow,
    anchoring,
    auto_error,
    calibration_error,
    count_edits,
    edits_of,
    reliability,
    weakest_scores,
)
from tests.factories import spans_of

TEXT = "Ana Torres + Rui live in Rome"
SHOWN = spans_of(TEXT, ("Ana Torres", "PER", 0.9), ("Rome", "LOC", 0.8))


def decision(*pieces: tuple[str, str], action: str = "correct", blind: bool = False, band: str = "middle") -> Decision:
    return Decision(action, spans_of(TEXT, *pieces), SHOWN, band, blind)


def test_auto_error_weighs_audits_by_what_they_stand_for():
    # At 5 % one audit stands for 20 titles, at 2 % for 50: 50 wrong of 3 * 20 + 50.
    audits = [Judged(0.95, wrong=False, audit=True, probability=0.05)] * 3
    audits.append(Judged(0.97, wrong=True, audit=True, probability=0.02))
    found = auto_error(audits)
    assert (found.value, found.count) == (pytest.approx(50 / 110), 4)


def test_auto_error_looks_at_audits_alone():
    rows = [Judged(0.95, wrong=True), Judged(0.7, wrong=True, probability=0.1)]
    assert auto_error(rows) is None
    assert auto_error([*rows, *[Judged(0.95, wrong=False, audit=True, probability=0.04)] * 20]) == share_of(0, 20)


def test_reliability_is_the_share_that_was_right_in_each_tenth():
    rows = [Judged(0.95, wrong=False)] * 9 + [Judged(0.91, wrong=True)] + [Judged(1.0, wrong=False)] * 2
    low, high = reliability([Judged(0.42, wrong=True), *rows])
    assert (low.low, low.high, low.mean, low.right.value) == (0.4, 0.5, 0.42, 0)
    assert (high.low, high.high, high.right.count) == (0.9, 1.0, 12)
    assert high.mean == pytest.approx((9 * 0.95 + 0.91 + 2) / 12)
    assert high.right.value == pytest.approx(11 / 12)


def test_calibration_error_is_the_mean_gap():
    assert calibration_error([Judged(0.8, wrong=False), Judged(0.8, wrong=True)]) == pytest.approx(0.3)
    assert calibration_error([]) is None


@pytest.mark.parametrize(
    ("made", "edits"),
    [
        (decision(("Ana Torres", "PER"), ("Rome", "LOC")), {"accept"}),
        (decision(("Ana Torres", "PER"), ("Rome", "LOC"), action="accept"), {"accept"}),
        (decision(("Ana Torres", "ORG"), ("Rome", "LOC")), {"relabel"}),
        (decision(("Ana", "PER"), ("Rome", "LOC")), {"edge"}),
        (decision(("Ana", "PER"), ("Torres", "PER"), ("Rome", "LOC")), {"edge"}),
        (decision(("Ana Torres", "PER"), ("Rui", "PER"), ("Rome", "LOC")), {"add"}),
        (decision(("Rome", "LOC")), {"remove"}),
        (decision(("Rui", "PER"), ("Rome", "ORG")), {"add", "remove", "relabel"}),
        (decision(action="nothing"), {"nothing"}),
        (decision(action="skip"), {"skip"}),
        (decision(action="flag"), {"flag"}),
    ],
)
def test_edits_are_what_a_person_did_to_the_reading(made: Decision, edits: set[str]):
    assert edits_of(made) == edits


def test_accepting_that_nothing_is_there_is_to_accept():
    assert edits_of(Decision("nothing", [], [], "low")) == {"accept"}


def test_edits_are_counted_without_blind_cards():
    counts = count_edits([decision(("Rome", "LOC")), decision(("Rome", "LOC"), blind=True), decision(action="skip")])
    assert {kind: count for kind, count in counts.items() if count} == {"remove": 1, "skip": 1}


def test_anchoring_compares_blind_and_other_cards_of_a_band():
    same, other = (("Ana Torres", "PER"), ("Rome", "LOC")), (("Rome", "LOC"),)
    made = [decision(*same)] * 9 + [decision(*other)]
    made += [decision(*same, blind=True)] * 7 + [decision(*other, blind=True)] * 3
    made += [decision(*other, band="low"), decision(action="skip", blind=True)]
    (found,) = anchoring(made)
    assert (found.band, found.blind, found.shown) == ("middle", share_of(3, 10), share_of(1, 10))
    assert found.waved_through == pytest.approx(0.2)


def test_anchoring_without_blind_cards_is_empty():
    assert anchoring([decision(("Rome", "LOC"))]) == []


def test_weakest_scores_are_the_least_of_each_label():
    spans = spans_of(TEXT, ("Ana Torres", "PER", 0.9), ("Rui", "PER", 0.6), ("Rome", "LOC", 0.8))
    assert weakest_scores(spans) == {"PER": 0.6, "LOC": 0.8}


def test_reviewer_row_knows_speed_and_agreement():
    row = ReviewerRow("rosa", verdicts=12, timed=10, timed_ms=30_000, compared=4, agreed=3)
    assert (row.per_hour, row.agreement) == (1200, share_of(3, 4))
    idle = ReviewerRow("rosa", verdicts=2, timed=0, timed_ms=0, compared=0, agreed=0)
    assert (idle.per_hour, idle.agreement) == (None, None)
