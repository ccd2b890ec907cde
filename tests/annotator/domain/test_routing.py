import pytest

from annotator.domain.routing import band_of
from annotator.enums import Band


@pytest.mark.parametrize(
    ("confidence", "band"),
    [
        (1.0, Band.HIGH),
        (0.9, Band.HIGH),
        (0.8999, Band.MIDDLE),
        (0.6, Band.MIDDLE),
        (0.5999, Band.LOW),
        (0.0, Band.LOW),
    ],
)
def test_band_of_has_inclusive_lower_limits(confidence: float, band: Band):
    assert band_of(confidence) == band


def test_band_of_keeps_a_weak_span_out_of_high_by_its_labels_limit(settings):
    settings.BAND_HIGH_PER_LABEL = {"ORG": 0.97}
    org = {"start": 0, "end": 3, "label": "ORG", "score": 0.95}
    place = {"start": 4, "end": 8, "label": "LOC", "score": 0.5}
    assert band_of(0.95, [org]) == Band.MIDDLE
    assert band_of(0.95, [org | {"score": 0.98}, place]) == Band.HIGH
