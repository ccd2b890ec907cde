"""Families of titles, and the side of a split that they are on."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.families import side_of, title_family
from ner_core.synthetic.dates import date_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana Torres | Sat 12 May", "ana torrés - 3 juin"),
        ("Ana Torres & Kid Orbit", "KID ORBIT + ANA TORRES (2024)"),
        ("Nova Star, zondag 4 oktober 20:00", "Nova Star"),
        ("Nova Star (2nd show)", "Nova Star 2ND SHOW"),
    ],
)
def test_dates_order_and_case_make_no_other_family(one, other):
    assert title_family(one) == title_family(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Ana Torres", "Ana Torres in Rome"), ("1999", "2000"), ("May", "June"), ("🎉", "🎊")]
)
def test_other_words_are_another_family(one, other):
    assert title_family(one) != title_family(other)


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_family_is_on_one_side(one, other):
    sides = [side_of(text, seed="a", dev_share=0.3) for text in (one, other)]
    assert sides[0] in ("train", "dev")
    assert title_family(one) != title_family(other) or sides[0] == sides[1]


def test_the_share_of_a_side_is_about_what_was_asked_for_and_the_seed_turns_it():
    texts = [f"Act {chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(600)]
    sides = [side_of(text, seed="lineup", dev_share=0.2) for text in texts]
    assert 0.15 < sides.count("dev") / len(sides) < 0.25
    assert sides != [side_of(text, seed="other", dev_share=0.2) for text in texts]


def test_what_a_family_leaves_out_never_changes():
    """A changed list would move titles from one side to the other: what was trained on would be tested on."""
    words = " ".join(sorted(date_words()))
    assert hashlib.sha256(words.encode()).hexdigest()[:16] == "5882a553d033230d"
