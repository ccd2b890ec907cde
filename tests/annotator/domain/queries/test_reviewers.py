from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from annotator.domain.leasing import lease_cards
from annotator.domain.queries.reviewers import ActiveReviewer, reviewers_now
from annotator.models import Lease
from tests.factories import make_queue_item


def test_those_who_hold_cards_review_now(reviewer, lead):
    for _ in range(3):
        make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4(), count=2)
    lease_cards(reviewer=lead, tab=uuid4())

    assert reviewers_now() == [ActiveReviewer("lena", 1), ActiveReviewer("rosa", 2)]


def test_lease_that_ran_out_does_not_count(reviewer):
    make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert reviewers_now() == []
