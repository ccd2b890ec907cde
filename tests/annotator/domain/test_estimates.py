"""Intervals against published and hand-computed figures."""

import pytest

from annotator.domain.estimates import share_of, share_of_sums, weighted_share


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_share_has_wilsons_interval(hits, count, low, high):
    found = share_of(hits, count)
    assert (found.value, found.count) == (hits / count, count)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.00005), pytest.approx(high, abs=0.00005))


def test_share_of_all_ends_at_one():
    found = share_of(20, 20)
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.8389, abs=0.00005)


def test_share_of_nothing_is_not_known():
    assert (share_of(0, 0), weighted_share([]), share_of_sums(0, 0, 0, 0)) == (None, None, None)


def test_equal_weights_are_no_weights():
    found, plain = weighted_share([(number < 15, 20.0) for number in range(148)]), share_of(15, 148)
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_each_sample_counts_for_what_it_stands_for():
    # One wrong for 20 titles, one right for 60: 20 / 80. Kish: 80 ** 2 / (400 + 3600) = 1.6 samples.
    found = weighted_share([(True, 20.0), (False, 60.0)])
    assert (found.value, found.count) == (0.25, 2)
    assert found.high - found.low > share_of(1, 4).high - share_of(1, 4).low
