"""The words of spans by key: where else the same mention waits, and which labels it has where it is settled."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count

from annotator.models import Annotation, Prediction, QueuedSurface, SettledSurface, Title
from annotator.models.bulk_rows import insert_missing
from ner_core.gazetteer import artist_key

KEY_MAX_CHARS = 300


def surface_of(text: str, span: Mapping) -> str:
    return text[span["start"] : span["end"]]


def surface_key(surface: str) -> str:
    """Where spellings of one name meet; "" for what is too long to be carried over."""
    key = artist_key(surface)
    return key if len(key) <= KEY_MAX_CHARS else ""


def index_predictions(predictions: Sequence[Prediction]) -> None:
    """Makes the titles of these predictions findable by what the model read in them, and by nothing it read before. Two queries."""
    QueuedSurface.objects.filter(title__pk__any_of=[prediction.title_id for prediction in predictions]).delete()
    rows = [
        (prediction.title_id, key, label)
        for prediction in predictions
        for key, label in _keys(prediction.title.text, prediction.spans)
    ]
    insert_missing(QueuedSurface, ("title", "key", "label"), rows)


def index_annotations(annotations: Sequence[Annotation]) -> None:
    """The same for settled readings. Two queries."""
    SettledSurface.objects.filter(annotation__pk__any_of=[annotation.pk for annotation in annotations]).delete()
    rows = [
        (annotation.pk, key, label)
        for annotation in annotations
        for key, label in _keys(annotation.title.text, annotation.spans)
    ]
    insert_missing(SettledSurface, ("annotation", "key", "label"), rows)


def settled_labels(keys: Iterable[str], *, besides: Title) -> dict[str, Counter[str]]:
    """key -> label -> how many settled titles, other than `besides`, have it so. One query."""
    rows = SettledSurface.objects.filter(key__in=set(keys)).exclude(annotation__title=besides)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for key, label, count in rows.order_by().values_list("key", "label").annotate(Count("pk")):
        found[key][label] = count
    return found


def _keys(text: str, spans: Iterable[Mapping]) -> list[tuple[str, str]]:
    """What is too long for a key has an empty one: it is found by its label alone."""
    return sorted({(surface_key(surface_of(text, span)), span["label"]) for span in spans})
