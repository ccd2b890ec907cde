"""What the artist table makes of readings, at the moment somebody asks: nothing stored is changed."""

from collections.abc import Sequence

from django.conf import settings

from annotator.domain.known_names import find_known_names
from annotator.models import Prediction
from ner_core.known_names import RULE, KnownName
from ner_core.spans import span_from_dict
from ner_core.tagger import Reading


def names_to_sharpen_by(texts: Sequence[str]) -> list[list[KnownName]]:
    """The confirmed names in each text (in the form in which titles are stored); none of them without KNOWN_NAMES. One query for up to
    10,000 different runs of words."""
    return find_known_names(texts) if settings.KNOWN_NAMES and texts else [[] for _text in texts]


def sharpen(readings: Sequence[Reading], names: Sequence[Sequence[KnownName]]) -> list[Reading]:
    """Each reading in the light of the names in its text: scores, confidence and the order of the n best."""
    return [RULE.sharpen(*pair) for pair in zip(readings, names, strict=True)]


def sharpen_predictions(predictions: Sequence[Prediction]) -> list[Reading]:
    """What is stored, sharpened by the names in its titles; `prediction.title` is loaded."""
    texts = [prediction.title.text for prediction in predictions]
    return sharpen([reading_of(prediction) for prediction in predictions], names_to_sharpen_by(texts))


def reading_of(prediction: Prediction) -> Reading:
    """A stored prediction as the tagger gave it."""
    others = (_reading(other["spans"], other["confidence"]) for other in prediction.alternatives)
    best = _reading(prediction.spans, prediction.confidence)
    return Reading(best.spans, best.confidence, tuple(others), prediction.outside_risk)


def _reading(spans: Sequence[dict], confidence: float) -> Reading:
    return Reading(tuple(span_from_dict(span) for span in spans), confidence)
