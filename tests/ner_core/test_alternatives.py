"""The order of the readings behind the best one."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.alternatives import EDITS, find_edits, weigh_alternatives
from ner_core.decoding import Decoded
from ner_core.reranking import Reranker
from ner_core.spans import Span
from tests.ner_core import slow_reranking
from tests.ner_core.readings import candidates_of

ANA, ROME = (0, 10, "PER"), (14, 18, "LOC")


@pytest.mark.parametrize(
    ("other", "edits"),
    [
        ([ANA, ROME], {}),
        ([ANA, (14, 18, "MISC")], {"label": 1}),
        ([ANA], {"removed": 1}),
        ([ANA, ROME, (20, 24, "DATE")], {"added": 1}),
        ([(0, 10, "PER"), (11, 18, "LOC")], {"edge": 1}),
        ([(0, 10, "PER"), (11, 18, "ORG")], {}),
        ([(0, 18, "MISC")], {"merge": 1}),
        ([(0, 3, "PER"), (4, 10, "PER"), ROME], {"split": 1}),
        ([(0, 3, "PER"), (4, 10, "LOC"), (14, 18, "PER")], {"split": 1, "label": 1}),
        ([], {"removed": 2}),
    ],
)
def test_edits_are_told_by_what_became_of_each_span(other, edits):
    assert edits_of([ANA, ROME], [other]) == [edits]


def table_of(*readings):
    """The spans of readings, given as triples, of one text."""
    found = [Decoded(tuple(Span(*triple, score=0.5) for triple in triples), 0.1, 0.0) for triples in readings]
    return candidates_of("x" * 40, found).spans


def edits_of(best, others):
    found = find_edits(table_of(best, *others), np.array([0]), np.arange(1, len(others) + 1)[None])
    return [{kind: int(times[0, at]) for kind, times in found.items() if times[0, at]} for at in range(len(others))]


def weigh(readings, shares, weights):
    """[(index, probability)] of the readings, best first."""
    order = np.arange(len(shares))[None]
    found = weigh_alternatives(table_of(*readings), order, np.array([shares]), np.array([len(shares)]), weights)
    return list(zip(*(table[0].tolist() for table in found), strict=True))


def test_a_likelier_correction_comes_first_and_the_best_stays_as_it_is():
    readings = [[ANA, ROME], [(0, 3, "PER"), (4, 10, "PER"), ROME], [(0, 18, "MISC")]]
    ordered = weigh(readings, [0.6, 0.2, 0.1], EDITS)
    assert [index for index, _share in ordered] == [0, 2, 1]
    assert ordered[0][1] == 0.6
    assert sum(share for _index, share in ordered) == pytest.approx(0.9)


def test_no_alternative_gets_more_than_the_best():
    ordered = weigh([[ANA], [ROME], []], [0.2, 0.4, 0.4], {"removed": 5.0})
    assert max(share for _index, share in ordered) == ordered[0][1] == 0.2


def test_without_weights_the_order_is_that_of_the_probabilities():
    assert weigh([[ANA, ROME], [ANA], [ROME]], [0.5, 0.3, 0.2], {}) == [
        (0, 0.5), (1, pytest.approx(0.3)), (2, pytest.approx(0.2)),
    ]  # fmt: skip
    assert weigh([[ANA]], [0.5], EDITS) == [(0, 0.5)]


@st.composite
def span_sets(draw):
    """Triples that do not overlap; they may touch."""
    edges = sorted(draw(st.sets(st.integers(0, 12), max_size=8)))
    labels = st.sampled_from(["PER", "LOC", None])
    return [(start, end, label) for start, end in pairwise(edges) if (label := draw(labels))]


@given(span_sets(), st.lists(span_sets(), min_size=1, max_size=5))
def test_edits_of_many_readings_are_those_of_each_by_itself(best, others):
    expected = [
        {kind: times for kind, times in slow_reranking.find_edits(best, one).items() if times} for one in others
    ]
    assert edits_of(best, others) == expected


@given(st.lists(st.tuples(span_sets(), st.floats(0, 1)), min_size=1, max_size=8))
def test_every_reading_stays_and_the_probabilities_fall(found):
    total = sum(share for _spans, share in found) or 1.0
    shares = sorted((share / total for _spans, share in found), reverse=True)
    ordered = weigh([one for one, _share in found], shares, EDITS)
    assert sorted(index for index, _share in ordered) == list(range(len(found)))
    told = [share for _index, share in ordered]
    assert all(math.isfinite(share) for share in told)
    assert told == sorted(told, reverse=True)
    assert sum(told) <= 1 + 1e-6


def test_the_weights_are_kept_with_the_checkpoint_and_unknown_ones_refused():
    reranker = Reranker({"log_probability": 1.0}, 40, EDITS)
    assert Reranker.from_dict(reranker.to_dict()) == reranker
    assert Reranker.from_dict({"weights": {}, "candidates": 3}).edits == {}
    with pytest.raises(ValueError, match="unknown properties"):
        Reranker.from_dict(reranker.to_dict() | {"edits": {"swapped": 1.0}})
