"""Corrections that are carried over, for tests.

Scores and confidences: with 0.72 for the mention and 0.7 for the reading, the rest is 0.97 sure.
"""

from uuid import uuid4

from annotator.domain.propagation import find_group, propagate_correction
from annotator.domain.review import record_verdict
from annotator.domain.surfaces import index_predictions
from annotator.enums import Action
from annotator.models import (
    Annotation,
    Artist,
    Mention,
    QueueItem,
    Title,
)
from tests.factories import make_prediction, make_queue_item, make_title, spans_of

GHOST = ("Ghost Box", "PER", 0.72)


def queue(text, *pieces, confidence=0.7, **fields):
    title = make_title(text)
    prediction = make_prediction(title, spans=spans_of(title.text, *(pieces or [GHOST])), confidence=confidence)
    index_predictions([prediction])
    return make_queue_item(title, prediction=prediction, **fields)


def correct(item, reviewer, *pieces):
    """The reviewer's verdict: these surfaces and nothing else."""
    spans = spans_of(item.title.text, *(pieces or [("Ghost Box", "MISC")]))
    return record_verdict(
        title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.CORRECT, spans=spans
    )


def carry(verdict, *items, propagation_id=None, actor=None):
    return propagate_correction(
        propagation_id or uuid4(),
        verdict_id=verdict.pk,
        title_ids=[item.title_id for item in items],
        actor=actor or verdict.reviewer,
    )


def group_of(verdict):
    return find_group(verdict.pk, actor=verdict.reviewer)


def listed(verdict):
    return [candidate.item.title.text for candidate in group_of(verdict).candidates]


def state_of(*items):
    """What one undo must bring back."""
    ids = [item.title_id for item in items]
    fields = ("state", "done_at", "proposal", "reason", "sampling_probability")
    return (
        list(Title.objects.filter(pk__in=ids).values_list("pk", "state").order_by("pk")),
        list(QueueItem.objects.filter(title__in=ids).values_list(*fields).order_by("pk")),
        list(Annotation.objects.filter(title__in=ids).values_list("title", "spans", "source").order_by("pk")),
        list(Mention.objects.values_list("artist__name", "start", "end")),
        list(Artist.objects.values_list("name", flat=True)),
    )


def surfaces(text, spans):
    return [(text[span["start"] : span["end"]], span["label"]) for span in spans]
