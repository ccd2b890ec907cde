from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.assignments import open_to
from annotator.domain.leasing import lease_cards
from annotator.domain.review import record_verdict
from annotator.models import QueueItem
from tests.factories import make_queue_item, make_user

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days=days)


def give(person, *, days=0):
    item = make_queue_item()
    QueueItem.objects.filter(pk=item.pk).update(assigned_to=person, assigned_at=ago(days), entered_at=ago(days + 1))
    return item


def is_open(item, reviewer):
    return open_to(reviewer, QueueItem.objects.filter(pk=item.pk)).exists()


@pytest.fixture
def assignee():
    return make_user("sam", last_login=ago(30))


@pytest.mark.parametrize(("days", "found"), [(0, False), (6, False), (8, True)])
def test_what_was_given_to_somebody_who_is_not_there_is_open_after_some_days(settings, reviewer, assignee, days, found):
    settings.TEAM_DAYS = 7
    assert is_open(give(assignee, days=days), reviewer) is found


def test_what_was_given_to_somebody_who_signs_in_is_kept_for_them(reviewer, assignee):
    item = give(assignee, days=40)
    assignee.last_login = ago(1)
    assignee.save()
    assert (is_open(item, reviewer), is_open(item, assignee)) == (False, True)


def test_what_was_given_to_somebody_who_reviews_is_kept_for_them(reviewer, assignee):
    item = give(assignee, days=40)
    other = make_queue_item()
    record_verdict(title_id=other.title_id, reviewer=assignee, verdict_id=uuid4(), action="accept")
    assert is_open(item, reviewer) is False


def test_what_was_given_to_a_closed_account_is_open_at_once_and_lent(reviewer, assignee):
    item = give(assignee)
    assert lease_cards(reviewer=reviewer, tab=uuid4()) == []
    assignee.is_active = False
    assignee.save()
    assert [card.title_id for card in lease_cards(reviewer=reviewer, tab=uuid4())] == [item.title_id]


@pytest.mark.parametrize("count", [1, 3])
def test_looking_for_open_titles_is_one_query(reviewer, assignee, django_assert_num_queries, count):
    for _ in range(count):
        give(assignee, days=40)
    with django_assert_num_queries(1):
        assert len(open_to(reviewer, QueueItem.objects.all())) == count
