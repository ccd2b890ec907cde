"""Everything that happened to one title."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.db.models import Prefetch

from annotator.domain.opinions import hidden_opinions, is_kept_back
from annotator.models import (
    Annotation,
    BulkTitle,
    Mention,
    Occurrence,
    Prediction,
    PropagatedTitle,
    QueueItem,
    Title,
    User,
    Verdict,
)

OCCURRENCES_SHOWN = 50


@dataclass(frozen=True)
class Event:
    """`kind` is arrived, read (by a model), entered (the queue), decided (by a person), assigned or sent back (by a lead, among others),
    carried (a correction of another title) or settled; `what` is the row."""

    kind: str
    at: datetime
    what: Title | Prediction | QueueItem | Verdict | BulkTitle | PropagatedTitle | Annotation


@dataclass(frozen=True)
class TitleHistory:
    """A title with what is known of it. `occurrences` are the first ones; `events` are in the order of time.

    `spans` is the reading that counts: the settled one, else that of the prediction that waits, else that of the last prediction.
    `kept_back`: the viewer must not see what the model read."""

    title: Title
    spans: list[dict]
    kept_back: bool
    annotation: Annotation | None
    queue_item: QueueItem | None
    mentions: list[Mention]
    occurrences: list[Occurrence]
    occurrence_count: int
    events: list[Event]


def title_history(title: Title, *, viewer: User) -> TitleHistory:
    """A fixed number of queries, whatever happened. Left out: opinions of others, and of the model, that the viewer must not see yet."""
    predictions = list(title.predictions.select_related("model_version").order_by("created_at"))
    annotation = Annotation.objects.filter(title=title).select_related("verdict__reviewer").first()
    item = QueueItem.objects.filter(title=title).select_related("prediction", "assigned_to").first()
    if kept_back := is_kept_back(item, viewer=viewer):
        predictions = []
    hidden = hidden_opinions(item, viewer=viewer)
    verdicts = [verdict for verdict in _verdicts(title) if verdict.pk not in hidden]
    mentions = Mention.objects.filter(annotation__title=title).select_related("artist").order_by("start")
    return TitleHistory(
        title=title,
        spans=[] if kept_back else _spans(annotation, item, predictions),
        kept_back=kept_back,
        annotation=annotation,
        queue_item=item,
        mentions=list(mentions),
        occurrences=list(title.occurrences.select_related("batch").order_by("pk")[:OCCURRENCES_SHOWN]),
        occurrence_count=title.occurrences.count(),
        events=sorted([*_events(title, predictions, item, verdicts, annotation), *_steps(title)], key=attrgetter("at")),
    )


def _verdicts(title: Title) -> list[Verdict]:
    undone = Prefetch("undone_by", queryset=Verdict.objects.select_related("reviewer"))
    return (
        title.verdicts.select_related("reviewer", "undoes", "bulk_title")
        .prefetch_related(undone)
        .order_by("created_at")
    )


def _spans(annotation: Annotation | None, item: QueueItem | None, predictions: list[Prediction]) -> list[dict]:
    if annotation:
        return annotation.spans
    if item:
        return item.prediction.spans
    return predictions[-1].spans if predictions else []


def _events(
    title: Title,
    predictions: list[Prediction],
    item: QueueItem | None,
    verdicts: list[Verdict],
    annotation: Annotation | None,
) -> list[Event]:
    events = [Event("arrived", title.created_at, title)]
    events += [Event("read", prediction.created_at, prediction) for prediction in predictions]
    events += [Event("entered", item.entered_at, item)] if item else []
    events += [Event("decided", verdict.created_at, verdict) for verdict in verdicts]
    events += [Event("settled", annotation.updated_at, annotation)] if annotation else []
    return events


def _steps(title: Title) -> list[Event]:
    """What was done to this title among others. Those accepted in bulk have a verdict, which tells it."""
    assigned = title.bulk_titles.filter(verdict__isnull=True).select_related("action__actor", "action__assignee")
    carried = title.propagations.select_related("propagation__actor", "propagation__verdict__title")
    return [
        *(Event("assigned", link.action.created_at, link) for link in assigned),
        *(Event("carried", link.propagation.created_at, link) for link in carried),
    ]
