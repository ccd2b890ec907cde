import json
import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.calibration import (
    Calibration,
    ScoreMap,
    expected_calibration_error,
    fit_map,
    fit_temperature,
    reliability_bins,
    shift_probability,
)

probabilities = st.floats(0, 1, allow_nan=False)
samples = st.lists(st.tuples(probabilities, st.booleans()), min_size=1, max_size=40)


def overconfident(count: int, seed: int = 3) -> list[tuple[float, bool]]:
    """Scores that claim p where the truth is p with its log odds halved."""
    generator = np.random.default_rng(seed)
    odds = generator.normal(1.5, 2.5, count)
    truth = 1 / (1 + np.exp(-odds / 2))
    return [
        (1 / (1 + math.exp(-value)), bool(generator.random() < chance))
        for value, chance in zip(odds, truth, strict=True)
    ]


@pytest.mark.parametrize("method", ["platt", "isotonic"])
@given(fitted_on=samples, scores=st.lists(probabilities, min_size=2))
def test_a_fitted_map_is_monotone_and_gives_probabilities(method, fitted_on, scores):
    used = fit_map(fitted_on, method)

    mapped = [used.apply(score) for score in sorted(scores)]

    assert all(0 <= value <= 1 for value in mapped)
    assert all(right >= left - 1e-12 for left, right in pairwise(mapped))
    assert ScoreMap.from_dict(json.loads(json.dumps(used.to_dict()))) == used


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_a_fitted_map_repairs_overconfidence_on_titles_it_has_not_seen(method: str):
    used = fit_map(overconfident(4000), method)
    fresh = overconfident(4000, seed=4)
    right = [hit for _, hit in fresh]

    before = expected_calibration_error([score for score, _ in fresh], right)
    after = expected_calibration_error([used.apply(score) for score, _ in fresh], right)

    assert before > 0.08
    assert after < 0.03


def test_isotonic_knots_are_the_pooled_blocks():
    used = fit_map([(0.2, False), (0.4, True), (0.6, False), (0.8, True)], "isotonic")

    assert len(used.x) == 3
    assert used.y == (0.25, 0.5, 0.75)
    assert used.apply(0.5) == pytest.approx(0.5)
    assert used.apply(0.0) == 0.25
    assert used.apply(1.0) == 0.75


def test_isotonic_reaches_neither_zero_nor_one_on_clean_samples():
    used = fit_map([(0.1, False)] * 20 + [(0.9, True)] * 20, "isotonic")

    assert used.apply(0.05) == pytest.approx(0.5 / 21)
    assert used.apply(0.95) == pytest.approx(20.5 / 21)


def test_platt_learns_the_slope_of_halved_log_odds():
    used = fit_map(overconfident(8000), "platt")

    assert used.slope == pytest.approx(0.5, abs=0.05)
    assert used.intercept == pytest.approx(0, abs=0.1)


def test_fit_uses_the_pooled_map_for_labels_with_few_samples():
    spans = [("PER", score, hit) for score, hit in overconfident(200)] + [("DATE", 0.9, True)] * 5

    calibration = Calibration.fit(spans, [(0.5, True)], temperature=1.2, min_samples=50)

    assert sorted(calibration.spans) == ["*", "PER"]
    assert calibration.temperature == 1.2
    assert calibration.span_score("DATE", 0.9) == calibration.spans["*"].apply(0.9)
    assert calibration.span_score("PER", 0.9) == calibration.spans["PER"].apply(0.9)
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


def test_without_samples_or_maps_scores_stay_as_they_are():
    for calibration in (Calibration(), Calibration.fit([], [])):
        assert calibration.span_score("PER", 0.3) == 0.3
        assert calibration.confidence(0.3) == 0.3
        assert calibration.confidences([0.5, 0.3]) == [0.5, 0.3]


@given(st.lists(probabilities, max_size=6))
def test_confidences_of_one_title_sum_to_at_most_one_and_keep_their_order(found: list[float]):
    calibration = Calibration(reading=ScoreMap(slope=0.3, intercept=1.0))

    confidences = calibration.confidences(sorted(found, reverse=True))

    assert sum(confidences) <= 1 + 1e-9
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "platt", "slope": -1, "intercept": 0},
        {"kind": "isotonic", "x": [1, 0], "y": [0, 1]},
        {"kind": "isotonic", "x": [0, 1], "y": [1, 0]},
        {"kind": "isotonic", "x": [0, 1], "y": [1]},
        {"kind": "isotonic", "x": [], "y": []},
        {"kind": "isotonic", "x": [0, 1], "y": [0, 2]},
        {"kind": "platt", "slope": float("nan"), "intercept": 0},
        {"kind": "spline"},
    ],
)
def test_from_dict_refuses_maps_that_are_not_monotone_probabilities(data: dict):
    with pytest.raises(ValueError, match="calibration map"):
        ScoreMap.from_dict(data)


def test_fit_temperature_finds_the_least_loss():
    assert fit_temperature(lambda value: (math.log(value) - math.log(2.5)) ** 2) == pytest.approx(2.5, rel=0.01)
    assert fit_temperature(lambda value: value) == pytest.approx(0.25, rel=0.01)


def test_expected_calibration_error_weighs_bins_by_size():
    assert expected_calibration_error([0.95, 0.95, 0.95, 0.15], [True, True, False, False]) == pytest.approx(
        (3 * abs(0.95 - 2 / 3) + 0.15) / 4
    )
    assert expected_calibration_error([], []) is None


def test_reliability_bins_put_one_into_the_last_bin():
    bins = reliability_bins([0.0, 0.1, 1.0], [False, True, True])

    assert [row.count for row in bins] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert bins[9].low == 0.9
    assert bins[9].accuracy == 1.0
    assert bins[5].mean_score is None


def test_shifts_learn_that_a_label_makes_readings_less_sure():
    rng = random.Random(5)
    samples, labels = [], []
    for _ in range(2000):
        probability, harder = rng.uniform(0.5, 0.99), rng.random() < 0.5
        chance = probability - 0.25 * harder
        samples.append((probability, rng.random() < chance))
        labels.append(["MISC"] if harder else ["PER"])
    fitted = Calibration.fit([], samples, reading_labels=labels, method="platt")
    assert fitted.shifts["MISC"] < fitted.shifts["PER"]
    assert fitted.confidence(0.9, ["MISC"]) == pytest.approx(0.65, abs=0.08)
    assert fitted.confidence(0.9, ["PER"]) == pytest.approx(0.9, abs=0.05)
    assert Calibration.from_dict(fitted.to_dict()) == fitted


def test_shifts_count_a_label_only_so_often():
    shifts = {"PER": 0.5}
    assert shift_probability(0.5, ["PER"] * 4, shifts) == shift_probability(0.5, ["PER"] * 40, shifts)
    assert shift_probability(0.3, ["PER"], {}) == 0.3


def test_no_reading_is_surer_than_the_one_before_it():
    calibration = Calibration(reading=ScoreMap(slope=1.0), shifts={"MISC": -3.0})
    first, second = calibration.confidences([0.6, 0.3], [["MISC"], ["PER"]])
    assert second <= first


@pytest.mark.parametrize(
    "reading", [ScoreMap(x=(-1.0, 0.0, 2.0), y=(0.0, 0.5, 1.0)), ScoreMap(slope=1.2, intercept=0.3)]
)
def test_caution_lowers_the_confidence_of_readings_and_no_score_of_spans(reading):
    sure = Calibration(reading=reading, spans={"PER": reading})
    careful = sure.cautious(0.1)
    for probability in (0.2, 0.5, 0.8):
        assert careful.confidence(probability) <= sure.confidence(probability)
        assert careful.span_score("PER", probability) == sure.span_score("PER", probability)
    assert careful.confidence(0.5) < sure.confidence(0.5)
    assert Calibration.from_dict(careful.to_dict()) == careful
    assert Calibration().cautious(0.1) == Calibration()
