"""When a quicker way to run a model counts as the same."""

from dataclasses import replace

import pytest

from ner_core.faithfulness import Faithfulness, measure_faithfulness
from ner_core.spans import Span
from ner_core.tagger import Reading

EQUAL = Faithfulness(titles=400, same=1.0, moved=0.0, f1=(0.88, 0.88), ece=(0.03, 0.03))
ANA, BO = (Span(0, 3, "PER", 0.9),), (Span(0, 2, "LOC", 0.4),)


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"same": 0.99, "f1": (0.88, 0.8775), "ece": (0.03, 0.0345), "moved": 0.2}, True),
        ({"same": 0.9899}, False),
        ({"f1": (0.88, 0.8768)}, False),
        ({"f1": (0.88, 0.8832)}, False),
        ({"ece": (0.03, 0.0352)}, False),
        ({"ece": (0.03, 0.02)}, True),
        ({"titles": 0}, False),
    ],
)
def test_it_holds_within_the_margins(changes, holds):
    assert replace(EQUAL, **changes).holds is holds


def test_it_counts_titles_spans_and_confidence():
    gold = [ANA, BO, ()]
    as_it_is = [Reading(ANA, 0.9), Reading(BO, 0.5), Reading((), 0.8)]
    quicker = [Reading(ANA, 0.8), Reading((), 0.5), Reading((), 0.8)]
    found = measure_faithfulness(gold, as_it_is, quicker)
    assert (found.titles, found.same, found.moved) == (3, pytest.approx(2 / 3), pytest.approx(0.1 / 3))
    assert found.f1 == (1.0, pytest.approx(2 / 3))
    assert found.ece[0] == pytest.approx((0.1 + 0.5 + 0.2) / 3)
    assert Faithfulness.from_dict(found.to_dict()) == found


@pytest.mark.parametrize("broken", [{}, EQUAL.to_dict() | {"f1": [0.9]}, EQUAL.to_dict() | {"same": "most"}])
def test_what_is_not_whole_is_refused(broken):
    with pytest.raises((KeyError, ValueError)):
        Faithfulness.from_dict(broken)
