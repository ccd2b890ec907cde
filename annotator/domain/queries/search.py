"""Finding titles and artists. Every function returns a queryset in an order that keyset pages can follow."""

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Coalesce

from annotator.models import Alias, Artist, Mention, Occurrence, Prediction, Title, Verdict
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
) -> QuerySet[Title]:
    """Titles that meet every criterion given, newest first (by -id), with annotation, queue item and prediction at hand.

    text: every word occurs. band: of the queue item, waiting or done. label: in the settled reading, else in the reading that
    waits. source: of the annotation. model_version: by name, of any prediction. reviewer: username of somebody who gave a verdict.
    batch: id of one that they came with.
    """
    titles = Title.objects.select_related("annotation__verdict__reviewer", "queue_item__prediction__model_version")
    for word in text.split():
        titles = titles.filter(text__icontains=word)
    if label:
        titles = _with_label(titles, label)
    by_value = {"state": state, "queue_item__band": band, "annotation__source": source}
    titles = titles.filter(**{field: value for field, value in by_value.items() if value})
    if model_version:
        titles = titles.filter(pk__in=Prediction.objects.filter(model_version__name=model_version).values("title"))
    if reviewer:
        titles = titles.filter(pk__in=Verdict.objects.filter(reviewer__username=reviewer).values("title"))
    if batch:
        titles = titles.filter(pk__in=Occurrence.objects.filter(batch=batch).values("title"))
    return titles.order_by("-pk")


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
    """Looks into the stored JSON as text, which SQLite and PostgreSQL both can and both write with one blank after the colon."""
    needle = f'"label": "{label}"'
    titles = titles.alias(
        settled_text=Cast("annotation__spans", TextField()),
        waiting_text=Cast("queue_item__prediction__spans", TextField()),
    )
    settled = Q(settled_text__contains=needle)
    return titles.filter(settled | Q(annotation__isnull=True, waiting_text__contains=needle))
