"""The rows behind the quality page: what counts, what does not, and at what cost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.band_limits import limits_of_settings
from annotator.domain.quality import Judged
from annotator.domain.queries import quality as queries
from annotator.domain.queries.queue_flow import queue_ages, queue_flow
from annotator.domain.review import record_verdict, undo_verdict
from annotator.enums import BulkKind
from annotator.models import Annotation, BulkAction, BulkTitle, QueueItem, Title, User, Verdict
from tests import factories
from tests.factories import SPANS

ONE = SPANS[:1]
SINCE = timezone.now() - timedelta(days=7)


def read(title: Title, reviewer: User, spans: list[dict], *, elapsed_ms: int | None = None) -> Verdict:
    return record_verdict(
        title_id=title.pk,
        reviewer=reviewer,
        verdict_id=uuid4(),
        action="correct",
        spans=spans,
        elapsed_ms=elapsed_ms,
    )


def settle(item: QueueItem, spans: list[dict], *, source: str = "reviewed", verdict: Verdict | None = None) -> None:
    factories.make_annotation(item.title, spans=spans, source=source, prediction=item.prediction)
    Annotation.objects.filter(title=item.title).update(verdict=verdict)


def age(rows: object, field: str, **ago: float) -> None:
    rows.update(**{field: timezone.now() - timedelta(**ago)})


def test_judged_titles_compare_what_people_settled_with_the_reading(model_version):
    right, wrong = factories.make_queue_item(confidence=0.7), factories.make_queue_item(confidence=0.65)
    settle(right, SPANS)
    settle(wrong, ONE)
    assert sorted(queries.judged_titles(since=SINCE), key=lambda row: row.confidence) == [
        Judged(0.65, wrong=True, model=model_version.pk, weakest={"PER": 0.75, "LOC": 0.75}),
        Judged(0.7, wrong=False, model=model_version.pk, weakest={"PER": 0.75, "LOC": 0.75}),
    ]


def test_only_audits_of_the_high_band_measure_it(model_version):
    audit = factories.make_queue_item(confidence=0.95, band="high", reason="audit", sampling_probability=0.05)
    carried_over = factories.make_queue_item(confidence=0.7, band="middle", reason="audit", sampling_probability=0.1)
    for item in (audit, carried_over):
        settle(item, SPANS)
    rows = {row.confidence: (row.audit, row.probability) for row in queries.judged_titles(since=SINCE)}
    assert rows == {0.95: (True, 0.05), 0.7: (False, 0.1)}


@pytest.mark.parametrize("source", ["auto", "propagated", "imported"])
def test_what_no_person_settled_is_not_judged(model_version, source: str):
    settle(factories.make_queue_item(), SPANS, source=source)
    assert queries.judged_titles(since=SINCE) == []


def test_titles_that_were_looked_up_or_long_ago_are_not_judged(model_version):
    settle(factories.make_queue_item(reason="returned", band="high"), SPANS)
    old = factories.make_queue_item()
    settle(old, SPANS)
    age(Annotation.objects.filter(title=old.title), "updated_at", days=8)
    assert queries.judged_titles(since=SINCE) == []


def test_what_was_accepted_in_bulk_was_not_judged(model_version, lead: User):
    item = factories.make_queue_item()
    verdict = Verdict.objects.create(
        title=item.title, reviewer=lead, action="accept", spans=SPANS, prediction=item.prediction
    )
    settle(item, SPANS, verdict=verdict)
    assert len(queries.judged_titles(since=SINCE)) == 1
    action = BulkAction.objects.create(id=uuid4(), kind=BulkKind.ACCEPT, actor=lead, count=1)
    BulkTitle.objects.create(action=action, title=item.title, verdict=verdict)
    assert queries.judged_titles(since=SINCE) == []
    assert queries.decisions(since=SINCE, limits=limits_of_settings()) == []


def test_volume_is_what_the_active_model_read_lately(model_version):
    factories.make_prediction(confidence=0.8)
    factories.make_prediction(confidence=0.4, model_version=factories.make_model_version(state="retired"))
    (row,) = queries.recent_volume(model_version, since=SINCE)
    assert (row.confidence, row.weakest) == (0.8, {"PER": 0.75, "LOC": 0.75})
    assert queries.recent_volume(None, since=SINCE) == []


def test_two_readings_are_the_first_two_of_different_people(reviewer: User, lead: User):
    item = factories.make_queue_item(opinions_needed=2, band="low")
    verdicts = [
        Verdict.objects.create(title=item.title, reviewer=who, action="correct", spans=spans)
        for who, spans in ((reviewer, SPANS), (reviewer, ONE), (factories.make_user(), ONE), (lead, SPANS))
    ]
    settle(item, SPANS, source="adjudicated", verdict=verdicts[-1])
    factories.make_queue_item()
    (found,) = queries.two_readings(since=SINCE)
    assert (found.text, len(found.first), len(found.second)) == (item.title.text, 2, 1)


def test_what_was_undone_is_no_opinion(reviewer: User, lead: User):
    item = factories.make_queue_item(band="low", opinions_needed=2)
    read(item.title, lead, SPANS)
    verdict = read(item.title, reviewer, ONE)
    assert len(queries.two_readings(since=SINCE)) == 1
    undo_verdict(verdict.pk, reviewer=reviewer, undo_id=uuid4())
    assert queries.two_readings(since=SINCE) == []
    assert [row.spans for row in queries.decisions(since=SINCE, limits=limits_of_settings())] == [SPANS]


def test_the_word_of_a_lead_that_settles_a_difference_is_no_opinion(reviewer: User, lead: User):
    item = factories.make_queue_item(confidence=0.3, band="low")
    Verdict.objects.create(title=item.title, reviewer=reviewer, action="correct", spans=ONE, prediction=item.prediction)
    word = Verdict.objects.create(
        title=item.title, reviewer=lead, action="correct", spans=SPANS, prediction=item.prediction
    )
    settle(item, SPANS, source="adjudicated", verdict=word)
    (row,) = queries.decisions(since=SINCE, limits=limits_of_settings())
    assert (row.action, row.spans, row.shown, row.band, row.blind) == (
        "correct",
        ONE,
        item.prediction.spans,
        "low",
        False,
    )
    assert queries.two_readings(since=SINCE) == []


def test_reviewers_are_counted_timed_and_compared(reviewer: User, lead: User):
    agreed, overruled, alone = (factories.make_queue_item() for _ in range(3))
    for item, elapsed in ((agreed, 2000), (overruled, 4000), (alone, 500_000)):
        verdict = Verdict.objects.create(
            title=item.title, reviewer=reviewer, action="correct", spans=SPANS, elapsed_ms=elapsed
        )
    settle(agreed, SPANS, source="agreed")
    settle(alone, SPANS, verdict=verdict)
    word = Verdict.objects.create(title=overruled.title, reviewer=lead, action="correct", spans=ONE)
    settle(overruled, ONE, source="adjudicated", verdict=word)
    for who, times in ((reviewer, (None, 7000)), (factories.make_user(), (9000,))):
        for elapsed in times:
            undone = Verdict.objects.create(
                title=factories.make_title(), reviewer=who, action="accept", elapsed_ms=elapsed
            )
            Verdict.objects.create(title=undone.title, reviewer=who, action="undo", undoes=undone, elapsed_ms=500)
    rows = queries.reviewer_rows(since=SINCE)
    assert [tuple(row) for row in rows] == [("rosa", 3, 2, 6000, 2, 1), ("lena", 1, 0, 0, 0, 0)]


def test_queue_ages_have_every_waiting_title_once(model_version):
    for hours in (0.5, 2, 3, 30, 24 * 8):
        item = factories.make_queue_item()
        age(QueueItem.objects.filter(pk=item.pk), "entered_at", hours=hours)
    factories.make_queue_item(state="done")
    assert [group.count for group in queue_ages()] == [1, 2, 0, 1, 0, 1]


def test_queue_flow_counts_back_from_what_waits_now(model_version):
    items = [factories.make_queue_item() for _ in range(4)]
    age(QueueItem.objects.filter(pk__in=[item.pk for item in items[:3]]), "entered_at", days=1)
    age(QueueItem.objects.filter(pk=items[0].pk), "done_at", days=1)
    QueueItem.objects.filter(pk=items[1].pk).update(done_at=timezone.now())
    QueueItem.objects.filter(pk__in=[item.pk for item in items[:2]]).update(state="done")
    assert [(day.entered, day.done, day.waiting) for day in queue_flow(3)] == [(0, 0, 0), (3, 1, 2), (1, 1, 2)]
    assert queue_flow(3)[-1].day == timezone.localdate()


@pytest.mark.parametrize("rows", [1, 3])
def test_each_set_of_rows_is_one_query(rows: int, reviewer: User, model_version, django_assert_num_queries):
    for _ in range(rows):
        item = factories.make_queue_item(band="low", confidence=0.3)
        for who in (reviewer, factories.make_user()):
            Verdict.objects.create(
                title=item.title, reviewer=who, action="correct", spans=ONE, prediction=item.prediction
            )
        settle(item, ONE, source="agreed")
    with django_assert_num_queries(1):
        assert len(queries.judged_titles(since=SINCE)) == rows
    with django_assert_num_queries(1):
        assert len(queries.recent_volume(model_version, since=SINCE)) == rows
    with django_assert_num_queries(1):
        assert len(queries.two_readings(since=SINCE)) == rows
    with django_assert_num_queries(1):
        assert len(queries.decisions(since=SINCE, limits=limits_of_settings())) == 2 * rows
    with django_assert_num_queries(3):
        assert len(queries.reviewer_rows(since=SINCE)) == rows + 1


def test_no_more_than_the_newest_rows_are_read(model_version, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queries, "MAX_ROWS", 2)
    for confidence in (0.7, 0.8, 0.9):
        factories.make_prediction(confidence=confidence)
    assert [row.confidence for row in queries.recent_volume(model_version, since=SINCE)] == [0.9, 0.8]
