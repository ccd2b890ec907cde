from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.queries.dashboard import Day, ReviewerDay, last_days, reviewers_today
from annotator.domain.review import record_verdict, undo_verdict
from annotator.models import Title, Verdict
from tests.factories import make_annotation, make_queue_item, make_title


def decide(reviewer, action="accept"):
    return record_verdict(title_id=make_queue_item().title_id, reviewer=reviewer, verdict_id=uuid4(), action=action)


def test_days_without_anything_are_there_too(db):
    today = timezone.localdate()

    assert last_days(3) == [Day(today - timedelta(days=ago), 0, 0, {}) for ago in (2, 1, 0)]


def test_days_count_arrivals_verdicts_and_settled_titles(reviewer):
    old = make_title()
    Title.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=1))
    decide(reviewer)
    decide(reviewer, "skip")
    undo_verdict(decide(reviewer).pk, reviewer=reviewer, undo_id=uuid4())
    make_annotation(old, source="imported")

    yesterday, today = last_days(2)

    assert (yesterday.arrived, yesterday.verdicts, yesterday.settled) == (1, 0, {})
    assert (today.arrived, today.verdicts, today.settled) == (3, 2, {"reviewed": 1, "imported": 1})


def test_reviewers_of_today_most_first(reviewer, lead):
    decide(reviewer)
    for action in ("accept", "nothing", "accept"):
        decide(lead, action)
    undo_verdict(decide(reviewer).pk, reviewer=reviewer, undo_id=uuid4())
    yesterday = decide(reviewer)
    Verdict.objects.filter(pk=yesterday.pk).update(created_at=timezone.now() - timedelta(days=1, hours=1))

    assert reviewers_today() == [
        ReviewerDay(lead.username, 3, {"accept": 2, "nothing": 1}),
        ReviewerDay(reviewer.username, 1, {"accept": 1}),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_overview_asks_as_often_for_one_verdict_as_for_three(rows, reviewer, django_assert_num_queries):
    for _ in range(rows):
        decide(reviewer)

    with django_assert_num_queries(4):
        last_days()
        reviewers_today()
