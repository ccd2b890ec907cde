"""Answers to those who ask what a text holds: from the annotation where there is one, else from the model. Nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.conf import settings

from annotator.domain.band_limits import Limits, current_limits
from annotator.domain.ingest import title_key
from annotator.domain.sharpening import names_to_sharpen_by, sharpen, sharpen_predictions
from annotator.enums import AnnotationSource, ModelState
from annotator.models import Annotation, Occurrence, Prediction, Prepared, Title
from ner_core.spans import Span, span_from_dict, span_to_dict
from ner_core.tagger import Reading, Tagger
from ner_core.text import NormalisedText

FROM_ANNOTATION = "annotation"
FROM_MODEL = "model"


@dataclass(frozen=True)
class Answer:
    """What `text` holds; spans are in its own offsets.

    source: "annotation" or "model". annotation_source: see AnnotationSource, None from the model. model_version: who read it, None
    where people did. What people settled has confidence and scores of 1.
    """

    text: str
    spans: tuple[Span, ...]
    confidence: float
    band: str
    source: str
    annotation_source: str | None
    model_version: str | None


class _Settled(NamedTuple):
    """An annotation, with what the model had read where it rests on that."""

    source: str
    spans: list[dict]
    read_spans: list[dict] | None
    read_confidence: float | None
    read_by: str | None


_READ = ("prediction__spans", "prediction__confidence", "prediction__model_version__name")
_settled = Prepared(
    lambda keys: Annotation.objects.filter(title__key__any_of=keys).values_list(
        "title__text", "source", "spans", *_READ
    )
)


def answer_texts(texts: Sequence[str], *, tagger: Tagger) -> list[Answer]:
    """One answer for each text (a title that clean_title takes), in order.

    One query for the limits of the bands and one for the annotations; the others go to the tagger in one call, each once, and the artist
    table sharpens what it answers (one query).
    """
    limits = current_limits()
    normal = {text: NormalisedText.of(text) for text in texts}
    annotations = _annotations_by_text({given.text for given in normal.values()})
    unknown = [text for text, given in normal.items() if given.text not in annotations]
    readings = dict(zip(unknown, _read(unknown, normal, tagger), strict=True)) if unknown else {}
    answers = {
        text: _from_model(text, readings[text], tagger.version, limits)
        if text in readings
        else _from_annotation(given, annotations[given.text], limits)
        for text, given in normal.items()
    }
    return [answers[text] for text in texts]


def _read(texts: Sequence[str], normal: Mapping[str, NormalisedText], tagger: Tagger) -> list[Reading]:
    """Read in the form in which titles are stored, answered in offsets of the text as sent."""
    forms = [normal[text].text for text in texts]
    names = names_to_sharpen_by(forms)  # before the model, which leaves nothing of ours in the processor's caches
    sharpened = sharpen(tagger.tag(forms, n_best=settings.N_BEST), names)
    return [_in_offsets_of(normal[text], reading) for text, reading in zip(texts, sharpened, strict=True)]


def answer_occurrences(occurrences: Sequence[Occurrence]) -> list[Answer | None]:
    """What is stored for each, in offsets of its raw text: the annotation, else what the active model read, else the newest
    prediction; None where no model has read the title yet. `occurrence.title` is loaded; five queries."""
    title_ids = {occurrence.title_id for occurrence in occurrences}
    annotations = Annotation.objects.filter(title__in=title_ids).values_list("title_id", "source", "spans", *_READ)
    settled = {title_id: _Settled(*row) for title_id, *row in annotations}
    titles = {occurrence.title_id: occurrence.title for occurrence in occurrences}
    read = _sharpened({titles[pk]: found for pk, found in _predictions_by_title(title_ids - settled.keys()).items()})
    limits = current_limits()
    return [_stored(occurrence, settled, read, limits) for occurrence in occurrences]


def _sharpened(predictions: Mapping[Title, Prediction]) -> dict[int, tuple[Reading, str]]:
    """title id -> its reading in the light of the artist table, and who read it."""
    for title, prediction in predictions.items():
        prediction.title = title
    found = list(predictions.values())
    return {
        prediction.title_id: (reading, prediction.model_version.name)
        for prediction, reading in zip(found, sharpen_predictions(found), strict=True)
    }


def _predictions_by_title(title_ids: Iterable[int]) -> dict[int, Prediction]:
    predictions = Prediction.objects.filter(title__in=title_ids).select_related("model_version")
    ranked = sorted(predictions, key=lambda found: (found.model_version.state == ModelState.ACTIVE, found.pk))
    return {prediction.title_id: prediction for prediction in ranked}


def _stored(
    occurrence: Occurrence, settled: Mapping[int, _Settled], read: Mapping[int, tuple[Reading, str]], limits: Limits
) -> Answer | None:
    given = NormalisedText.of(occurrence.raw_text)
    if annotation := settled.get(occurrence.title_id):
        return _from_annotation(given, annotation, limits)
    if occurrence.title_id not in read:
        return None
    reading, version = read[occurrence.title_id]
    return _from_model(given.raw, _in_offsets_of(given, reading), version, limits)


def _annotations_by_text(texts: Iterable[str]) -> dict[str, _Settled]:
    return {text: _Settled(*row) for text, *row in _settled.rows([title_key(text) for text in texts])}


def _from_annotation(given: NormalisedText, settled: _Settled, limits: Limits) -> Answer:
    """What the model settled keeps the model's scores."""
    by_model = settled.source == AnnotationSource.AUTO and settled.read_by is not None
    spans = settled.read_spans if by_model else [span | {"score": 1.0} for span in settled.spans]
    confidence = settled.read_confidence if by_model else 1.0
    return Answer(
        text=given.raw,
        spans=tuple(_in_raw(given, span_from_dict(span)) for span in spans),
        confidence=confidence,
        band=limits.band_of(confidence, spans),
        source=FROM_ANNOTATION,
        annotation_source=settled.source,
        model_version=settled.read_by if by_model else None,
    )


def _in_raw(given: NormalisedText, span: Span) -> Span:
    start, end = given.to_raw(span.start, span.end)
    return Span(start, end, span.label, span.score)


def _in_offsets_of(given: NormalisedText, reading: Reading) -> Reading:
    return replace(reading, spans=tuple(_in_raw(given, span) for span in reading.spans))


def _from_model(text: str, reading: Reading, version: str, limits: Limits) -> Answer:
    return Answer(
        text=text,
        spans=reading.spans,
        confidence=reading.confidence,
        band=limits.band_of(reading.confidence, map(span_to_dict, reading.spans)),
        source=FROM_MODEL,
        annotation_source=None,
        model_version=version,
    )
