"""What limits would do, against figures worked out by hand."""

import pytest

from annotator.domain.band_limits import Limits
from annotator.domain.estimates import share_of, share_of_sums
from annotator.domain.limit_effects import Effect, Volume, limit_effects
from annotator.domain.quality import Judged

LIMITS = Limits(high=0.9, middle=0.6)
VOLUME = [Volume(confidence) for confidence in (0.3, 0.62, 0.72, 0.82, 0.92, 0.92, 0.97, 0.97, 0.97, 0.97)]


def effect_of(high: float, limits: Limits = LIMITS, *, judged: list[Judged], volume: list[Volume] = VOLUME) -> Effect:
    (found,) = limit_effects([high], limits, volume=volume, judged=judged)
    return found


@pytest.mark.parametrize(
    ("high", "auto", "one"), [(0.6, 0.9, 0), (0.9, 0.6, 0.3), (0.92, 0.6, 0.3), (0.95, 0.4, 0.5), (1, 0, 0.9)]
)
def test_volume_is_the_share_of_recent_readings_from_the_limit_up(high: float, auto: float, one: float):
    found = effect_of(high, judged=[])
    assert (found.auto, found.one, found.two) == (pytest.approx(auto), pytest.approx(one), pytest.approx(0.1))
    assert found.error is None


def test_label_limits_keep_readings_out_of_the_high_band():
    volume = [Volume(0.95, {"ORG": 0.8, "PER": 0.99}), Volume(0.95, {"ORG": 0.97}), Volume(0.95), Volume(0.5)]
    found = effect_of(0.9, Limits(0.9, 0.6, {"ORG": 0.9}), volume=volume, judged=[])
    assert (found.auto, found.one, found.two) == (0.5, 0.25, 0.25)


def test_error_of_audits_alone_is_theirs():
    volume = [Volume(0.97)] * 1000
    judged = [Judged(0.97, wrong=number < 2, audit=True, probability=0.05) for number in range(50)]
    found = effect_of(0.9, volume=volume, judged=judged).error
    plain = share_of(2, 50)
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert found.count == 50


def test_judged_readings_count_for_the_recent_ones_of_their_stratum():
    # 0.92 and 0.97 are strata of 2 and 4 readings: both judged ones of the first are wrong, one of two of the second.
    judged = [Judged(0.92, wrong=True)] * 2 + [Judged(0.97, wrong=False), Judged(0.97, wrong=True)]
    found = effect_of(0.9, judged=judged).error
    assert found == share_of_sums(2 + 2, 6, 1 + 1 + 4 + 4, 4)
    assert effect_of(0.95, judged=judged).error == share_of_sums(2, 4, 8, 2)


def test_inside_a_stratum_audits_count_for_more():
    # Two readings in the stratum of 0.92; the audit stands for 10 titles, the reviewed one for itself.
    judged = [Judged(0.91, wrong=True), Judged(0.93, wrong=False, audit=True, probability=0.1)]
    assert effect_of(0.9, judged=judged).error.value == pytest.approx(1 / 11)


def test_label_limits_hold_for_judged_readings_too():
    judged = [Judged(0.97, wrong=True, weakest={"ORG": 0.5}), Judged(0.97, wrong=False, weakest={"ORG": 0.95})]
    assert effect_of(0.9, judged=judged).error.value == pytest.approx(0.5)
    assert effect_of(0.9, Limits(0.9, 0.6, {"ORG": 0.9}), judged=judged).error.value == 0


def test_a_limit_that_equals_a_confidence_includes_it():
    judged = [Judged(0.92, wrong=True), Judged(0.97, wrong=False)]
    assert effect_of(0.92, judged=judged).error.count == 2
    assert effect_of(0.93, judged=judged).error.count == 1


def test_without_volume_nothing_is_foreseen():
    assert limit_effects([0.9], LIMITS, volume=[], judged=[Judged(0.9, wrong=True)]) == []
