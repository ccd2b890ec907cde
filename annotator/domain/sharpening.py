"""What the artist table makes of readings, at the moment somebody asks: nothing stored is changed."""

from collections.abc import Sequence

from django.conf import settings

from annotator.domain.known_names import find_known_names
from annotator.models import Prediction
from ner_core.known_names import RULE
from ner_core.spans import span_from_dict
from ner_core.tagger import Reading


def sharpen_readings(texts: Sequence[str], readings: Sequence[Reading]) -> list[Reading]:
    """Each reading in the light of the confirmed names in its text (in the form in which titles are stored): scores, confidence and the
    order of the n best. As they are without KNOWN_NAMES. One query for up to 10,000 different runs of words."""
    if not settings.KNOWN_NAMES or not texts:
        return list(readings)
    return [RULE.sharpen(*pair) for pair in zip(readings, find_known_names(texts), strict=True)]


def sharpen_predictions(predictions: Sequence[Prediction]) -> list[Reading]:
    """The same for what is stored; `prediction.title` is loaded."""
    texts = [prediction.title.text for prediction in predictions]
    return sharpen_readings(texts, [reading_of(prediction) for prediction in predictions])


def reading_of(prediction: Prediction) -> Reading:
    """A stored prediction as the tagger gave it."""
    others = (_reading(other["spans"], other["confidence"]) for other in prediction.alternatives)
    best = _reading(prediction.spans, prediction.confidence)
    return Reading(best.spans, best.confidence, tuple(others), prediction.outside_risk)


def _reading(spans: Sequence[dict], confidence: float) -> Reading:
    return Reading(tuple(span_from_dict(span) for span in spans), confidence)
