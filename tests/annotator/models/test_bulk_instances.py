"""Rows beside the ORM: the same rows as by it, whichever way they take to the database."""

import pytest

from annotator.domain.ingest import title_key
from annotator.enums import Band, QueueReason, QueueState
from annotator.models import Prediction, QueueItem, Title
from annotator.models.bulk_rows import insert_missing_instances
from tests.factories import active_model_version, make_prediction, make_title

SPANS = [{"start": 0, "end": 3, "label": "PER", "score": 0.5, "note": "a\tb \\N \"c\" 'd' {e,f} é 🎸 %s\n"}]
ALTERNATIVES = [{"spans": [], "confidence": 0.1}]


def unstored_predictions(count: int) -> list[Prediction]:
    texts = [f"\\N {{a,b}}\t'{number}' \"é\" 🎸" for number in range(count)]
    insert_missing_instances([Title(text=text, key=title_key(text)) for text in texts])
    version = active_model_version()
    return [
        Prediction(title=title, model_version=version, spans=SPANS, alternatives=ALTERNATIVES, confidence=0.25)
        for title in Title.objects.order_by("pk")
    ]


@pytest.mark.parametrize("count", [2, 40])
def test_instances_come_back_as_they_were(db: None, count: int):
    predictions = unstored_predictions(count)
    assert insert_missing_instances(predictions) == count
    for given, stored in zip(predictions, Prediction.objects.order_by("title"), strict=True):
        assert (stored.title_id, stored.spans, stored.alternatives) == (given.title_id, SPANS, ALTERNATIVES)
        assert (stored.confidence, stored.raw_confidence, stored.outside_risk) == (0.25, None, 0.0)
        assert stored.created_at == given.created_at


@pytest.mark.parametrize("count", [2, 40])
def test_values_of_enums_and_nothing_come_back_as_they_were(db: None, count: int):
    insert_missing_instances(unstored_predictions(count))
    items = [
        QueueItem(title=one.title, prediction=one, reason=QueueReason.LOW, band=Band.LOW, confidence=0.25, blind=True)
        for one in Prediction.objects.select_related("title")
    ]
    assert insert_missing_instances(items) == count
    alike = QueueItem.objects.filter(reason="low", band="low", blind=True, state=QueueState.WAITING)
    assert alike.filter(proposal__isnull=True, assigned_to=None, done_at=None, cluster="").count() == count


def test_what_is_there_stays_and_is_not_counted(db: None):
    stored = make_prediction(make_title("Ana"), confidence=0.5)
    again = Prediction(title=stored.title, model_version=stored.model_version, spans=[], confidence=0.75)
    other = Prediction(title=make_title("Bob"), model_version=stored.model_version, spans=[], confidence=0.75)
    assert insert_missing_instances([again, other]) == 1
    stored.refresh_from_db()
    assert stored.confidence == 0.5


def test_no_rows_ask_nothing(db: None, django_assert_num_queries: object):
    with django_assert_num_queries(0):
        assert insert_missing_instances([]) == 0
