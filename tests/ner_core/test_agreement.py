"""Agreement against figures worked out by hand and published ones."""

from collections.abc import Sequence

import pytest

from ner_core.agreement import TwoReadings, agreement, agreement_by_label, krippendorff_alpha, token_labels
from ner_core.spans import Span

# Krippendorff (2011), section C: four observers, twelve units, missing values; nominal alpha is 0.743.
PUBLISHED = [
    (1, 1, 1),
    (2, 2, 3, 2),
    (3, 3, 3, 3),
    (3, 3, 3, 3),
    (2, 2, 2, 2),
    (1, 2, 3, 4),
    (4, 4, 4, 4),
    (1, 1, 2, 1),
    (2, 2, 2, 2),
    (5, 5, 5),
    (1, 1),
    (3,),
]


def reading(text: str, first: Sequence[tuple], second: Sequence[tuple]) -> TwoReadings:
    return TwoReadings(text, [Span(*span) for span in first], [Span(*span) for span in second])


def test_alpha_of_the_published_example():
    assert krippendorff_alpha(PUBLISHED) == pytest.approx(0.743, abs=0.0005)


def test_alpha_by_hand():
    # aa, ab: o = 2 unlike pairs; a three times, b once, n = 4: alpha = 1 - 3 * 2 / (16 - 10) = 0.
    assert krippendorff_alpha(["aa", "ab"]) == pytest.approx(0)
    # aa, bb, ab: n = 6, o = 2, expected 36 - 18 = 18: 1 - 5 * 2 / 18.
    assert krippendorff_alpha(["aa", "bb", "ab"]) == pytest.approx(1 - 10 / 18)
    assert krippendorff_alpha(["aa", "bb"]) == 1
    assert krippendorff_alpha(["ab", "ba"]) == pytest.approx(-0.5)


@pytest.mark.parametrize("units", [[], ["a"], ["aa", "aa"]])
def test_alpha_without_anything_to_agree_on_is_not_known(units):
    assert krippendorff_alpha(units) is None


def test_alpha_does_not_depend_on_the_order():
    units = ["aab", "bb", "acc", "ba"]
    assert krippendorff_alpha(reversed([unit[::-1] for unit in units])) == krippendorff_alpha(units)


def test_token_labels_cover_tokens_that_a_span_touches():
    assert token_labels("Ana Torres in Rome", [Span(0, 10, "PER"), Span(14, 16, "LOC")]) == ["PER", "PER", "O", "LOC"]


def test_agreement_counts_exact_spans_and_tokens():
    # Spans: one of two agrees (F1 = 2 * 1 / 4). Tokens: PP, PP, OO, LO.
    pairs = [reading("Ana Torres in Rome", [(0, 10, "PER"), (14, 18, "LOC")], [(0, 10, "PER"), (11, 13, "MISC")])]
    found = agreement(pairs)
    assert (found.spans, found.f1) == (4, 0.5)
    # PER, PER; PER, PER; O, MISC; LOC, O: unlike pairs 4, counts P4 O2 M1 L1, n = 8: 1 - 7 * 4 / (64 - 22).
    assert found.alpha == pytest.approx(1 - 28 / 42)


def test_agreement_by_label_looks_at_that_label_alone():
    pairs = [reading("Ana Torres in Rome", [(0, 10, "PER"), (14, 18, "LOC")], [(0, 10, "PER")])]
    found = agreement_by_label(pairs)
    assert list(found) == ["LOC", "PER"]
    assert (found["PER"].spans, found["PER"].f1, found["PER"].alpha) == (2, 1, 1)
    # LOC: no, no; no, no; no, no; yes, no: 1 - 7 * 2 / (64 - 50).
    assert (found["LOC"].spans, found["LOC"].f1, found["LOC"].alpha) == (1, 0, pytest.approx(0))


def test_agreement_that_nothing_is_there_has_no_f1():
    found = agreement([reading("Rome", [], [])])
    assert (found.spans, found.f1, found.alpha) == (0, None, None)
