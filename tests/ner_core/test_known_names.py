import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.known_names import RULE, KnownName, KnownNamesRule, features, longest, phrases, with_missed_names
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.ner_core.strategies import nasty_texts

TEXT = "Marlow Vane live at Lantern Hall"
NAME = KnownName(0, 11, is_short=False)
SHORT = KnownName(0, 6, is_short=True)
PER, LOC = Span(0, 11, "PER", 0.6), Span(20, 32, "LOC", 0.9)
FIRST = Span(0, 6, "PER", 0.5)


def reading(*spans, confidence=0.5, others=()):
    return Reading(spans, confidence, tuple(Reading(other, share) for other, share in others))


def triples(one):
    return [span.triple for span in one.spans]


def test_a_known_name_that_agrees_raises_span_and_reading_and_nothing_else():
    sharp = RULE.sharpen(reading(PER, LOC), [NAME])
    assert triples(sharp) == [PER.triple, LOC.triple]
    assert sharp.confidence > 0.5
    assert sharp.spans[0].score > 0.6
    assert sharp.spans[1] == LOC


def test_a_reading_that_agrees_can_pass_one_that_does_not():
    sharp = RULE.sharpen(reading(FIRST, confidence=0.4, others=[((PER,), 0.35)]), [NAME])
    assert (triples(sharp), triples(sharp.alternatives[0])) == ([PER.triple], [FIRST.triple])


def test_a_title_without_known_names_stays_as_it_is():
    one = reading(PER, LOC, others=[((LOC,), 0.2)])
    assert RULE.sharpen(one, []) is one


def test_a_missed_name_lowers_the_reading_and_is_offered():
    sharp = RULE.sharpen(reading(LOC, confidence=0.7), [NAME])
    assert sharp.confidence < 0.7
    assert triples(sharp.alternatives[-1]) == [PER.triple, LOC.triple]


def test_one_word_alone_invents_nothing():
    """Future, Live, Boston: a name of one word is never offered and takes nothing from a reading without it."""
    assert with_missed_names(reading(LOC), [SHORT]) is None
    assert RULE.sharpen(reading(LOC, confidence=0.7), [SHORT]).confidence == pytest.approx(0.7)


def test_a_name_that_the_model_has_somewhere_is_not_offered_again():
    assert with_missed_names(reading(LOC, others=[((PER, LOC), 0.1)]), [NAME]) is None
    assert with_missed_names(reading(PER), [NAME]) is None
    assert with_missed_names(reading(FIRST), [NAME]) is None


def test_features_count_what_the_table_says():
    other = Span(0, 11, "MISC")
    cases = [
        ([PER], [NAME]),
        ([FIRST], [SHORT]),
        ([LOC], [NAME]),
        ([other], [NAME]),
        ([FIRST], [NAME]),
        ([LOC], [SHORT]),
    ]
    assert [features(*case) for case in cases] == [
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 0, 1),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    ]


def test_phrases_are_runs_of_words_with_a_capital_or_a_digit():
    found = {TEXT[start:end]: short for start, end, short in phrases(TEXT)}
    assert found["Marlow Vane"] is False
    assert found["Marlow"] is True
    assert "live" not in found
    assert {"at Lantern", "Hall"} <= set(found)
    assert [(5, 7) in [(start, end) for start, end, _short in phrases("A & (U2)")]] == [True]
    assert not any(
        text.startswith(("(", "&")) for text in ("A & (U2)"[start:end] for start, end, _s in phrases("A & (U2)"))
    )


def test_the_longest_names_win():
    assert longest([SHORT, NAME, KnownName(20, 32, is_short=False)]) == [NAME, KnownName(20, 32, is_short=False)]


SPANS = st.sampled_from([(), (PER,), (LOC,), (PER, LOC), (FIRST, LOC), (Span(0, 11, "MISC", 0.4),)])
WEIGHT = st.floats(-6, 6)


@given(
    st.lists(st.tuples(SPANS, st.floats(0, 0.33)), min_size=1, max_size=3),
    st.lists(st.sampled_from([NAME, SHORT, KnownName(20, 32, is_short=False)]), unique=True),
    st.builds(KnownNamesRule, WEIGHT, WEIGHT, WEIGHT, WEIGHT, st.floats(-6, -1), WEIGHT, WEIGHT),
)
def test_confidences_are_in_order_and_sum_to_at_most_one(shares, known, rule):
    ordered = sorted(shares, key=lambda pair: -pair[1])
    sharp = rule.sharpen(reading(*ordered[0][0], confidence=ordered[0][1], others=ordered[1:]), known)
    confidences = [sharp.confidence, *(one.confidence for one in sharp.alternatives)]
    assert confidences == sorted(confidences, reverse=True)
    assert 0 <= sum(confidences) <= 1.00001
    assert all(0 <= span.score <= 1 for one in (sharp, *sharp.alternatives) for span in one.spans)


@given(nasty_texts)
def test_phrases_lie_in_the_text_and_hold_a_letter_or_digit_at_both_ends(text):
    for start, end, _short in phrases(text):
        assert 0 <= start < end <= len(text)
        assert any(char.isalnum() for char in text[start:end])
