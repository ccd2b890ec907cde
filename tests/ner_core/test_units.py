import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.text import boundaries
from ner_core.units import Unit, units
from tests.ner_core.strategies import nasty_texts


def ranges(found: list[Unit]) -> list[tuple[int, int, int, int]]:
    return [tuple(unit) for unit in found]


@pytest.mark.parametrize(
    ("text", "offsets", "expected"),
    [
        pytest.param("Ana Bo", [(0, 2), (2, 3), (4, 6)], [(0, 2, 0, 3), (2, 3, 4, 6)], id="pieces of a word"),
        pytest.param("Ana Bo", [(0, 3), (3, 6)], [(0, 1, 0, 3), (1, 2, 4, 6)], id="offsets with the blank"),
        pytest.param("Ana Bo", [(0, 3), (4, 5), (4, 6)], [(0, 1, 0, 3), (1, 3, 4, 6)], id="lone ▁ with the next offset"),
        pytest.param("Ana Bo", [(0, 3), (3, 4), (4, 6)], [(0, 1, 0, 3), (1, 3, 4, 6)], id="lone ▁ on the blank"),
        pytest.param("Ana Bo", [(0, 3), (4, 4), (4, 6)], [(0, 1, 0, 3), (1, 3, 4, 6)], id="lone ▁ without width"),
        pytest.param("Ana ", [(0, 3), (3, 4)], [(0, 2, 0, 3)], id="a blank piece at the end"),
        pytest.param(" Ana", [(0, 1), (1, 4)], [(0, 2, 1, 4)], id="a blank piece at the start"),
        pytest.param("½ Bo", [(0, 1), (0, 1), (0, 1), (2, 4)], [(0, 3, 0, 1), (3, 4, 2, 4)], id="pieces that share a character"),
        pytest.param("x\u030cy Bo", [(0, 1), (2, 3), (4, 6)], [(0, 2, 0, 3), (2, 3, 4, 6)], id="a mark that was dropped inside"),
        pytest.param("yx\u030c Bo", [(0, 2), (4, 6)], [(0, 1, 0, 3), (1, 2, 4, 6)], id="a mark that was dropped at the end"),
        pytest.param("Bo), Cy", [(0, 2), (2, 4), (5, 7)], [(0, 1, 0, 2), (1, 2, 2, 4), (2, 3, 5, 7)], id="a piece over two tokens"),
        pytest.param("Bo), Cy", [(0, 4), (5, 7)], [(0, 1, 0, 4), (1, 2, 5, 7)], id="a word and its punctuation in one piece"),
        pytest.param("l'Ana", [(0, 2), (2, 5)], [(0, 1, 0, 2), (1, 2, 2, 5)], id="elision"),
        pytest.param("l'Ana", [(0, 3), (3, 5)], [(0, 2, 0, 5)], id="a piece across the elision"),
        pytest.param("\u200dAna Bo", [(1, 4), (5, 7)], [(0, 1, 1, 4), (1, 2, 5, 7)], id="a joiner dropped at the start"),
        pytest.param("周杰倫 Bo", [(0, 3), (4, 6)], [(0, 1, 0, 3), (1, 2, 4, 6)], id="unknown letters in one piece"),
        pytest.param("", [], [], id="empty"),
        pytest.param("  ", [(0, 1), (1, 2)], [], id="blank"),
        pytest.param("Ana", [], [], id="no pieces"),
    ],
)  # fmt: skip
def test_units_are(text: str, offsets: list[tuple[int, int]], expected: list[tuple[int, int, int, int]]):
    assert ranges(units(text, offsets)) == expected


@given(nasty_texts, st.data())
def test_units_of_any_offsets_are_in_order_and_keep_every_piece(text: str, data: st.DataObject):
    places = st.integers(0, len(text))
    offsets = sorted(tuple(sorted(data.draw(st.tuples(places, places)))) for _ in range(data.draw(st.integers(0, 12))))

    found = units(text, offsets)

    if found:
        assert [unit.first for unit in found] == [0, *(unit.last for unit in found[:-1])]
        assert found[-1].last == len(offsets)
    edges = set(boundaries(text))
    reach = 0
    for unit in found:
        assert reach <= unit.start < unit.end <= len(text)
        assert unit.start in edges
        assert not text[unit.start].isspace()
        assert not text[unit.end - 1].isspace()
        reach = unit.end
