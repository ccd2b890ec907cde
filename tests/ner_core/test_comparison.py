"""Is a difference between two models more than chance?"""

import pytest

from ner_core.comparison import compare_f1
from ner_core.spans import Span

RIGHT = (Span(0, 3, "PER"), Span(7, 10, "LOC"))


def test_equal_models_do_not_differ():
    found = compare_f1([RIGHT] * 50, [RIGHT] * 50, [RIGHT] * 50)
    assert {name: (diff.change, diff.low, diff.high) for name, diff in found.items()} == {
        "micro": (0, 0, 0),
        "LOC": (0, 0, 0),
        "PER": (0, 0, 0),
    }
    assert (found["micro"].gold, found["PER"].gold, found["micro"].first) == (100, 50, 1.0)


def test_a_model_that_finds_more_is_better_beyond_chance_and_the_label_says_where():
    first = [RIGHT if number % 3 else RIGHT[:1] for number in range(90)]
    found = compare_f1([RIGHT] * 90, first, [RIGHT] * 90)
    assert found["micro"].low > 0
    assert found["LOC"].change == pytest.approx(1 - 0.8)
    assert found["PER"].change == 0


def test_one_title_of_a_hundred_is_chance():
    first = [RIGHT] * 99 + [RIGHT[:1]]
    found = compare_f1([RIGHT] * 100, first, [RIGHT] * 100)["micro"]
    assert found.low <= 0 < found.change


def test_the_same_titles_give_the_same_interval_and_the_other_way_round_its_mirror():
    first = [RIGHT if number % 4 else () for number in range(60)]
    gold, second = [RIGHT] * 60, [RIGHT[:1]] * 60
    one, again = (compare_f1(gold, first, second)["micro"] for _ in range(2))
    mirror = compare_f1(gold, second, first)["micro"]
    assert one == again
    assert (mirror.low, mirror.high) == pytest.approx((-one.high, -one.low))


def test_no_titles_and_titles_without_spans():
    assert compare_f1([], [], []) == {}
    found = compare_f1([(), ()], [(), ()], [(), RIGHT])
    assert (found["micro"].first, found["PER"].gold) == (0, 0)
