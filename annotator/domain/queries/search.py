"""Finding titles and artists. Every function returns a queryset in an order that keyset pages can follow."""

from datetime import date, datetime, time, timedelta

from django.db.models import Count, IntegerField, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from annotator.domain.band_limits import current_limits
from annotator.domain.queries.narrowing import few_of, named_by
from annotator.domain.title_index import with_words
from annotator.enums import Band, QueueState
from annotator.models import (
    Alias,
    Annotation,
    Artist,
    Mention,
    ModelVersion,
    Occurrence,
    Prediction,
    QueuedSurface,
    QueueItem,
    SettledSurface,
    Title,
    User,
    Verdict,
)
from ner_core.gazetteer import artist_key


def search_titles(
    *,
    text: str = "",
    state: str = "",
    band: str = "",
    label: str = "",
    source: str = "",
    model_version: str = "",
    reviewer: str = "",
    batch: str = "",
    assignee: str = "",
    arrived_from: str = "",
    arrived_to: str = "",
    settled_from: str = "",
    settled_to: str = "",
) -> QuerySet[Title]:
    """Titles that meet every criterion given, newest first (by -id), with annotation, queue item and prediction at hand.

    text: every word occurs. band: of the queue item, waiting or done; of a title that never was in the queue, by the confidence of
    its prediction. label: in the settled reading, else in the reading that waits. source: of the annotation. model_version: by name, of
    any prediction. reviewer: username of somebody who gave a verdict. batch: id of one that they came with. assignee: username of
    whom it waits for. Days are ISO dates in the current time zone, the last one included.
    """
    titles = Title.objects.select_related(
        "annotation__verdict__reviewer", "queue_item__prediction__model_version", "queue_item__assigned_to"
    )
    titles = with_words(titles, text.split())
    if label:
        titles = _with_label(titles, label)
    if band:
        titles = _in_band(titles, band)
    if state:
        titles = titles.filter(state=state)
    titles = _between(titles, "created_at", arrived_from, arrived_to)
    titles = _between(titles, "annotation__updated_at", settled_from, settled_to)
    if source:
        titles = named_by(titles, Annotation.objects.filter(source=source))
    if model_version:
        titles = named_by(titles, Prediction.objects.filter(model_version__in=_ids(ModelVersion, name=model_version)))
    if reviewer:
        titles = named_by(titles, Verdict.objects.filter(reviewer__in=_ids(User, username=reviewer)))
    if assignee:
        of_one = QueueItem.objects.filter(assigned_to__in=_ids(User, username=assignee), state=QueueState.WAITING)
        titles = named_by(titles, of_one)
    if batch:
        titles = named_by(titles, Occurrence.objects.filter(batch=batch))
    return titles.order_by("-pk")


def _ids(model: type[Model], **named: str) -> list[int]:
    """As values, since an index of several columns serves better with them than with a join."""
    return list(model.objects.filter(**named).values_list("pk", flat=True))


def _in_band(titles: QuerySet[Title], band: str) -> QuerySet[Title]:
    limits = current_limits()
    least = {Band.HIGH: limits.high, Band.MIDDLE: limits.middle, Band.LOW: 0.0}[Band(band)]
    below = {Band.MIDDLE: limits.high, Band.LOW: limits.middle}.get(Band(band))
    # One value for each title in turn: joins make PostgreSQL join all titles before it takes the newest, and of EXISTS it gathers all rows.
    queued = QueueItem.objects.filter(title=OuterRef("pk")).values("band")[:1]
    read = Annotation.objects.filter(title=OuterRef("pk")).values("prediction__confidence")[:1]
    titles = titles.alias(queued_band=Coalesce(Subquery(queued), Value("")), read_at=Subquery(read))
    sure = Q(read_at__gte=least) if below is None else Q(read_at__gte=least, read_at__lt=below)
    return titles.filter(Q(queued_band=band) | Q(queued_band="") & sure)


def _between(titles: QuerySet[Title], field: str, first: str, last: str) -> QuerySet[Title]:
    if first:
        titles = titles.filter(**{f"{field}__gte": _start_of(date.fromisoformat(first))})
    if last:
        titles = titles.filter(**{f"{field}__lt": _start_of(date.fromisoformat(last) + timedelta(days=1))})
    return titles


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def search_artists(text: str = "", *, state: str = "", kind: str = "") -> QuerySet[Artist]:
    """Artists by any of their spellings, or a part of one, by name; `mention_count` says how often each was seen."""
    artists = Artist.objects.prefetch_related("aliases")
    if text := text.strip():
        artists = artists.filter(_spelled(text) | Q(pk__in=Alias.objects.filter(_spelled(text)).values("artist")))
    by_value = {"state": state, "kind": kind}
    artists = artists.filter(**{field: value for field, value in by_value.items() if value})
    # A sub-select counts for the rows of one page; a join would group the whole table first.
    counts = Mention.objects.filter(artist=OuterRef("pk")).order_by().values("artist").annotate(count=Count("pk"))
    mention_count = Coalesce(Subquery(counts.values("count"), output_field=IntegerField()), 0)
    return artists.annotate(mention_count=mention_count).order_by("name", "pk")


def _spelled(text: str) -> Q:
    """Part of the name as written, or of its key: accents, case and signs do not count there."""
    spelled = Q(name__icontains=text)
    return spelled | Q(key__contains=key) if (key := artist_key(text)) else spelled


def _with_label(titles: QuerySet[Title], label: str) -> QuerySet[Title]:
    """Looks into the stored JSON as text, which SQLite and PostgreSQL both can and both write with one blank after the colon; where few
    titles have the label, only into those that the index of spans names."""
    few = few_of(
        [
            SettledSurface.objects.filter(label=label).values_list("annotation__title_id", flat=True),
            QueuedSurface.objects.filter(label=label).values_list("title_id", flat=True),
        ]
    )
    if few is not None:
        titles = titles.filter(pk__any_of=few)
    needle = f'"label": "{label}"'
    titles = titles.alias(
        settled_text=Cast("annotation__spans", TextField()),
        waiting_text=Cast("queue_item__prediction__spans", TextField()),
    )
    settled = Q(settled_text__contains=needle)
    return titles.filter(settled | Q(annotation__isnull=True, waiting_text__contains=needle))
