"""Rows for tests: each function makes what it needs and takes what the test is about."""

import hashlib
import itertools
from collections.abc import Sequence
from typing import Any

from annotator.domain.annotations import settle_title
from annotator.domain.ingest import title_key
from annotator.domain.surfaces import index_predictions
from annotator.enums import AnnotationSource, Band, ModelOrigin, ModelState, QueueReason, Source, TitleState
from annotator.models import (
    Alias,
    Annotation,
    Artist,
    Batch,
    ModelVersion,
    Occurrence,
    Prediction,
    QueueItem,
    Title,
    User,
    Webhook,
)
from ner_core.gazetteer import artist_key
from ner_core.text import normalise_title, tokens

_number = itertools.count(1)

TEXT = "Ana Torres live in Lisbon"
SPANS = [{"start": 0, "end": 10, "label": "PER"}, {"start": 19, "end": 25, "label": "LOC"}]


def spans_of(text: str, *pieces: tuple[str, str] | tuple[str, str, float]) -> list[dict]:
    """Spans by surface: spans_of("Ana in Rome", ("Ana", "PER"), ("Rome", "LOC", 0.8)); each is found after the one before."""
    spans, at = [], 0
    for surface, label, *score in pieces:
        start = text.index(surface, at)
        at = start + len(surface)
        spans.append({"start": start, "end": at, "label": label} | ({"score": score[0]} if score else {}))
    return spans


def spans_for(text: str) -> list[dict]:
    """Valid spans for any text: those of TEXT where it begins so, else the first word as a performer."""
    if text.startswith(TEXT):
        return SPANS
    return [{"start": 0, "end": tokens(text)[0].end, "label": "PER"}]


def make_user(username: str | None = None, **fields: Any) -> User:
    return User.objects.create_user(username or f"user{next(_number)}", password="a password for tests", **fields)


def make_model_version(name: str | None = None, *, state: str = ModelState.ACTIVE, **fields: Any) -> ModelVersion:
    """An active version by default; a second active one is refused by the database."""
    name = name or f"starter@{next(_number):012d}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    fields = {"origin": ModelOrigin.STARTER, "directory": name, "digest": digest} | fields
    return ModelVersion.objects.create(name=name, state=state, **fields)


def active_model_version() -> ModelVersion:
    return ModelVersion.objects.filter(state=ModelState.ACTIVE).first() or make_model_version()


def make_title(text: str | None = None, *, state: str = TitleState.NEW) -> Title:
    text = normalise_title(text if text is not None else f"{TEXT} {next(_number)}")
    return Title.objects.create(text=text, key=title_key(text), state=state)


def make_batch(**fields: Any) -> Batch:
    return Batch.objects.create(**({"source": Source.PAGE, "name": "titles.csv"} | fields))


def make_occurrence(title: Title, batch: Batch | None = None, **fields: Any) -> Occurrence:
    fields = {"row": next(_number), "raw_text": title.text} | fields
    return Occurrence.objects.create(title=title, batch=batch or make_batch(), **fields)


def make_prediction(
    title: Title | None = None,
    *,
    spans: Sequence[dict] | None = None,
    confidence: float = 0.7,
    model_version: ModelVersion | None = None,
    alternatives: Sequence[dict] = (),
) -> Prediction:
    title = title or make_title()
    scored = [{"score": 0.75} | span for span in (spans_for(title.text) if spans is None else spans)]
    return Prediction.objects.create(
        title=title,
        model_version=model_version or active_model_version(),
        spans=scored,
        alternatives=list(alternatives),
        confidence=confidence,
    )


def make_queue_item(
    title: Title | None = None,
    *,
    confidence: float = 0.7,
    prediction: Prediction | None = None,
    band: str = Band.MIDDLE,
    **fields: Any,
) -> QueueItem:
    """A waiting title with its prediction, found by the words of its spans."""
    prediction = prediction or make_prediction(title, confidence=confidence)
    title = title or prediction.title
    title.state = TitleState.WAITING
    title.save(update_fields=["state"])
    reason = QueueReason.LOW if band == Band.LOW else QueueReason.MIDDLE
    fields = {"reason": reason, "rank": prediction.confidence} | fields
    index_predictions([prediction])
    return QueueItem.objects.create(
        title=title, prediction=prediction, band=band, confidence=prediction.confidence, **fields
    )


def make_annotation(
    title: Title | None = None,
    *,
    spans: Sequence[dict] | None = None,
    source: str = AnnotationSource.REVIEWED,
    prediction: Prediction | None = None,
) -> Annotation:
    """A settled title with its mentions, through the domain."""
    title = title or (prediction.title if prediction else make_title())
    spans = spans_for(title.text) if spans is None else spans
    annotation = settle_title(title, spans=spans, source=source, prediction=prediction)
    assert annotation is not None
    return annotation


def make_artist(name: str, *aliases: str, **fields: Any) -> Artist:
    artist = Artist.objects.create(name=name, key=artist_key(name), **fields)
    Alias.objects.bulk_create(Alias(artist=artist, name=alias, key=artist_key(alias)) for alias in aliases)
    return artist


def make_webhook(**fields: Any) -> Webhook:
    """One that is told everything, at an address that nobody asks in tests."""
    all_events = {"title_settled": True, "batch_done": True, "model_promoted": True}
    return Webhook.objects.create(**({"name": "shop", "url": "https://shop.example/hook"} | all_events | fields))
