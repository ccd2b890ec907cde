import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.gazetteer import artist_key
from ner_core.name_matching import blocks_of, key_similarity, key_with_letters, most_edits
from tests.ner_core.artist_names import DIFFERENT

LETTERS = st.text("abcde", min_size=6, max_size=24)


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("marlowvane", "marlowvane", 1.0),
        ("marlowvane", "marlowevane", 1 - 1 / 11),
        ("marlowvane", "marlwovane", 1 - 1 / 10),
        ("marlowvane", "marlwovand", None),
        ("kassandraveytrio", "kasandraveytriu", 1 - 2 / 16),
        ("kassandraveytrio", "kasandraveytiru", None),
        ("sting", "stings", None),
        ("blink182", "blink183", None),
        ("blink182", "blinx182", 1 - 1 / 8),
        ("u2", "u2", 1.0),
    ],
)
def test_similarity_counts_edits_within_bounds(one, other, score):
    assert key_similarity(one, other) == (score if score is None else pytest.approx(score))
    assert key_similarity(other, one) == key_similarity(one, other)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("R3HAB", "rehab"),
        ("deadmau5", "deadmaus"),
        ("S3RL", None),
        ("Blink 182", None),
        ("M83", None),
        ("2Pac", None),
        ("Maroon 5", None),
    ],
)
def test_digits_are_read_as_letters_in_and_behind_words(name, key):
    assert key_with_letters(name) == key


@pytest.mark.parametrize(("one", "other"), [pair for pair in DIFFERENT if max(map(len, pair)) < 6])
def test_short_names_never_match_by_distance(one, other):
    assert key_similarity(artist_key(one), artist_key(other)) is None


@given(LETTERS, st.data())
def test_a_key_within_bounds_holds_a_block_in_its_place(key, data):
    """All edits but swaps: a swap just across a cut spoils two blocks."""
    other = list(key)
    for _ in range(data.draw(st.integers(0, most_edits(key)))):
        at, letter = data.draw(st.integers(0, len(other) - 1)), data.draw(st.sampled_from("abcdefg"))
        edit = data.draw(st.sampled_from(["insert", "delete", "replace"]))
        other[at : at + (edit != "insert")] = [] if edit == "delete" else [letter]
    near = "".join(other)
    assert any(
        near.startswith(block.text)
        if block.is_first
        else near.endswith(block.text)
        if block.is_last
        else block.text in near
        for block in blocks_of(key)
    )
    assert "".join(block.text for block in blocks_of(key)) == key
