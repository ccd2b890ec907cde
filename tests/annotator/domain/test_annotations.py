from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.annotations import Settlement, settle_title, settle_titles, settled_spans, unsettle_title
from annotator.enums import AnnotationSource, Band, QueueReason, QueueState, TitleState
from annotator.exceptions import InvalidSpans
from annotator.models import Annotation, Lease, Mention, QueueItem, Title
from tests.factories import SPANS, make_annotation, make_prediction, make_queue_item, make_title
from tests.races import KEY_LOCKS

PER_ONLY = SPANS[:1]


def test_settling_writes_the_annotation_and_closes_the_queue_item(reviewer):
    item = make_queue_item()
    Lease.objects.create(item=item, reviewer=reviewer, tab=uuid4(), expires_at=timezone.now() + timedelta(minutes=3))

    settle_title(item.title, spans=item.prediction.spans, source=AnnotationSource.REVIEWED, prediction=item.prediction)

    annotation = Annotation.objects.get(title=item.title)
    item.refresh_from_db()
    assert (annotation.spans, annotation.source) == (SPANS, AnnotationSource.REVIEWED)
    assert (item.state, item.done_at is not None) == (QueueState.DONE, True)
    assert Title.objects.get().state == TitleState.SETTLED
    assert Lease.objects.count() == 0
    assert Mention.objects.get().artist.name == "Ana Torres"


def test_settling_twice_keeps_one_annotation_and_its_first_date(db):
    title = make_title()
    first = make_annotation(title)
    second = make_annotation(title, spans=PER_ONLY)

    stored = Annotation.objects.get()
    assert (stored.pk, stored.spans, stored.created_at) == (first.pk, PER_ONLY, first.created_at)
    assert (second.pk, stored.updated_at > first.updated_at) == (first.pk, True)


@pytest.mark.parametrize("source", [source for source in AnnotationSource if source != AnnotationSource.AUTO])
def test_a_model_never_overwrites_what_a_person_decided(db, source):
    title = make_title()
    make_annotation(title, source=source)

    assert settle_title(title, spans=[], source=AnnotationSource.AUTO) is None
    assert Annotation.objects.get().spans == SPANS


def test_a_model_replaces_what_a_model_settled(db):
    title = make_title()
    make_annotation(title, source=AnnotationSource.AUTO)
    make_annotation(title, source=AnnotationSource.AUTO, spans=PER_ONLY)

    assert Annotation.objects.get().spans == PER_ONLY


def test_a_model_leaves_flagged_titles_to_people(db):
    title = make_title(state=TitleState.FLAGGED)

    assert settle_title(title, spans=SPANS, source=AnnotationSource.AUTO) is None
    assert Title.objects.get().state == TitleState.FLAGGED


def test_a_model_settling_leaves_an_audit_card_in_the_queue(db):
    audit, plain = make_queue_item(reason=QueueReason.AUDIT), make_queue_item()

    settle_titles([Settlement(item.title, SPANS, AnnotationSource.AUTO, item.prediction) for item in (audit, plain)])

    states = dict(QueueItem.objects.values_list("reason", "state"))
    assert states == {QueueReason.AUDIT: QueueState.WAITING, QueueReason.MIDDLE: QueueState.DONE}


def test_settling_nothing_asks_the_database_nothing_but_for_titles(db):
    assert settle_titles([]) == []


def test_the_last_of_two_settlements_of_one_title_counts(db):
    title = make_title()
    settle_titles([Settlement(title, spans, AnnotationSource.IMPORTED) for spans in (SPANS, PER_ONLY)])

    assert Annotation.objects.get().spans == PER_ONLY


@pytest.mark.parametrize("rows", [1, 3])
def test_settling_asks_as_often_for_one_title_as_for_three(rows, django_assert_num_queries, model_version):
    items = [make_queue_item() for _ in range(rows)]
    settlements = [Settlement(item.title, SPANS, AnnotationSource.REVIEWED, item.prediction) for item in items]

    with django_assert_num_queries(21 + KEY_LOCKS):
        settle_titles(settlements)


def test_unsettling_opens_the_queue_item_again(db):
    item = make_queue_item()
    make_annotation(item.title)

    unsettle_title(item.title)

    item.refresh_from_db()
    assert (item.state, item.done_at, item.title.state) == (QueueState.WAITING, None, TitleState.WAITING)
    assert (Annotation.objects.count(), Mention.objects.count()) == (0, 0)


def test_unsettling_what_the_model_settled_alone_returns_it_to_the_queue(db):
    prediction = make_prediction(confidence=0.97)
    make_annotation(source=AnnotationSource.AUTO, prediction=prediction)

    unsettle_title(prediction.title)

    item = QueueItem.objects.get()
    assert (item.reason, item.band, item.confidence) == (QueueReason.RETURNED, Band.HIGH, 0.97)
    assert Title.objects.get().state == TitleState.WAITING


def test_unsettling_a_title_without_prediction_sends_it_to_be_tagged(db):
    title = make_title()
    make_annotation(title, source=AnnotationSource.IMPORTED)

    unsettle_title(title)

    assert Title.objects.get().state == TitleState.NEW


def test_unsettling_twice_is_the_same_as_once(db):
    item = make_queue_item()
    make_annotation(item.title)
    unsettle_title(item.title)
    unsettle_title(item.title)

    assert QueueItem.objects.get().state == QueueState.WAITING


def test_settled_spans_are_by_place_and_without_scores():
    spans = [{"start": 4, "end": 6, "label": "LOC", "score": 0.5}, {"start": 0, "end": 3, "label": "PER"}]

    assert settled_spans(spans) == [
        {"start": 0, "end": 3, "label": "PER"},
        {"start": 4, "end": 6, "label": "LOC"},
    ]


def test_spans_that_cannot_be_are_refused_and_nothing_is_settled(db):
    good, bad = make_title(), make_title("Oslo")

    with pytest.raises(InvalidSpans) as error:
        settle_titles([Settlement(title, SPANS, AnnotationSource.IMPORTED) for title in (good, bad)])
    assert (error.value.code, error.value.message.startswith(f"title {bad.pk}: span")) == ("out_of_range", True)
    assert (Annotation.objects.count(), good.state) == (0, TitleState.NEW)
