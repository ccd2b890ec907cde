from dataclasses import fields
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.leasing import (
    Card,
    holding_lease,
    lease_cards,
    lease_title,
    release_leases,
    renew_leases,
    take_over_lease,
)
from annotator.domain.review import record_verdict, undo_verdict
from annotator.enums import Action, QueueState
from annotator.exceptions import LeaseLost, NotAllowed
from annotator.models import Lease, QueueItem
from ner_core.text import tokens
from tests.factories import make_prediction, make_queue_item, make_title, make_user
from tests.races import run_at_once

TAB = uuid4()


def lend(reviewer, tab=TAB, count=20, exclude=()):
    return [card.title_id for card in lease_cards(reviewer=reviewer, tab=tab, count=count, exclude=exclude)]


def expire_leases(**which):
    Lease.objects.filter(**which).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_cards_come_least_certain_first(reviewer):
    items = {confidence: make_queue_item(confidence=confidence) for confidence in (0.8, 0.3, 0.6)}

    assert lend(reviewer, count=2) == [items[0.3].title_id, items[0.6].title_id]


def test_a_card_shows_the_reading_and_not_why_it_is_here(reviewer):
    alternatives = [{"spans": [], "confidence": 0.1}]
    prediction = make_prediction(make_title("Ana Torres live in Lisbon"), alternatives=alternatives, confidence=0.55)
    item = make_queue_item(prediction=prediction)

    [card] = lease_cards(reviewer=reviewer, tab=TAB)

    assert card == Card(
        title_id=item.title_id,
        text="Ana Torres live in Lisbon",
        prediction_id=prediction.pk,
        model_version=prediction.model_version.name,
        spans=prediction.spans,
        alternatives=alternatives,
        confidence=0.55,
        tokens=tokens("Ana Torres live in Lisbon"),
        lease_expires_at=Lease.objects.get().expires_at,
    )
    assert not {"reason", "band", "sampling_probability"} & {field.name for field in fields(Card)}


def test_nobody_gets_what_somebody_else_holds(reviewer, lead):
    first, second = make_queue_item(confidence=0.1), make_queue_item(confidence=0.2)

    assert (lend(reviewer, count=1), lend(lead), lend(lead, tab=uuid4())) == (
        [first.title_id],
        [second.title_id],
        [],
    )


def test_a_second_tab_of_the_same_reviewer_gets_other_cards(reviewer):
    first, second = make_queue_item(confidence=0.1), make_queue_item(confidence=0.2)

    assert lend(reviewer, count=1) == [first.title_id]
    assert lend(reviewer, tab=uuid4()) == [second.title_id]


def test_a_reloaded_tab_gets_its_own_cards_again_but_not_those_in_hand(reviewer):
    first, second, third = (make_queue_item(confidence=confidence) for confidence in (0.1, 0.2, 0.3))
    lend(reviewer, count=2)

    assert lend(reviewer, count=2) == [first.title_id, second.title_id]
    assert lend(reviewer, count=2, exclude=[first.title_id]) == [second.title_id, third.title_id]
    assert Lease.objects.count() == 3


def test_an_expired_lease_is_no_lease(reviewer, lead):
    item = make_queue_item()
    lend(reviewer)
    expire_leases()

    assert lend(lead) == [item.title_id]
    assert Lease.objects.get().reviewer == lead


def test_an_expired_lease_of_another_tab_moves_to_this_one(reviewer):
    item = make_queue_item()
    lend(reviewer, tab=uuid4())
    expire_leases()

    assert lend(reviewer) == [item.title_id]
    assert Lease.objects.get().tab == TAB


def test_count_is_at_most_the_setting(reviewer, settings):
    settings.LEASE_CARDS = 2
    for _ in range(3):
        make_queue_item()

    assert (len(lend(reviewer, count=50)), len(lease_cards(reviewer=reviewer, tab=uuid4()))) == (2, 1)


def test_done_titles_are_not_lent(reviewer):
    make_queue_item(state=QueueState.DONE)

    assert lend(reviewer) == []


def test_a_skipped_title_goes_to_others_first_and_comes_back_last(reviewer, lead):
    skipped, other = make_queue_item(confidence=0.1), make_queue_item(confidence=0.9)
    record_verdict(title_id=skipped.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.SKIP)

    assert lend(reviewer) == [other.title_id]
    assert lend(lead, count=1) == [skipped.title_id]
    release_leases(reviewer=lead, tab=TAB)
    assert lend(reviewer, exclude=[other.title_id]) == [skipped.title_id]


def test_an_undone_skip_puts_the_title_back_in_its_place(reviewer):
    skipped, other = make_queue_item(confidence=0.1), make_queue_item(confidence=0.9)
    verdict = record_verdict(title_id=skipped.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.SKIP)
    undo_verdict(verdict.pk, reviewer=reviewer, undo_id=uuid4())

    assert lend(reviewer) == [skipped.title_id, other.title_id]


def test_who_gave_a_reading_does_not_get_a_title_that_still_needs_another(reviewer, lead):
    item = make_queue_item()
    record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.ACCEPT)
    QueueItem.objects.update(state=QueueState.WAITING)

    assert (lend(reviewer), lend(lead)) == ([], [item.title_id])


def test_a_title_that_entered_the_queue_anew_is_for_everybody(reviewer):
    item = make_queue_item()
    record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.ACCEPT)
    QueueItem.objects.update(state=QueueState.WAITING, entered_at=timezone.now())

    assert lend(reviewer) == [item.title_id]


def test_renewing_keeps_live_leases_and_names_them(reviewer):
    kept, lost = make_queue_item(confidence=0.1), make_queue_item(confidence=0.2)
    lend(reviewer)
    expire_leases(item=lost)
    before = Lease.objects.get(item=kept).expires_at

    assert renew_leases(reviewer=reviewer, tab=TAB) == [kept.title_id]
    assert Lease.objects.get(item=kept).expires_at > before
    assert Lease.objects.get(item=lost).expires_at < timezone.now()


def test_renewing_leaves_other_tabs_and_other_titles_alone(reviewer):
    named, other = make_queue_item(confidence=0.1), make_queue_item(confidence=0.2)
    lend(reviewer)
    before = Lease.objects.get(item=other).expires_at

    assert renew_leases(reviewer=reviewer, tab=uuid4()) == []
    assert renew_leases(reviewer=reviewer, tab=TAB, title_ids=[named.title_id]) == [named.title_id]
    assert Lease.objects.get(item=other).expires_at == before


def test_released_titles_are_free_at_once(reviewer, lead):
    first, second = make_queue_item(confidence=0.1), make_queue_item(confidence=0.2)
    lend(reviewer)

    assert release_leases(reviewer=reviewer, tab=TAB, title_ids=[second.title_id]) == 1
    assert lend(lead) == [second.title_id]
    assert (release_leases(reviewer=reviewer, tab=TAB), release_leases(reviewer=reviewer, tab=TAB)) == (1, 0)
    assert lend(lead, exclude=[second.title_id]) == [first.title_id]


def test_one_title_can_be_lent_by_name(reviewer):
    item = make_queue_item()
    make_queue_item(confidence=0.1)
    lend(reviewer, tab=uuid4())

    card = lease_title(item.title, reviewer=reviewer, tab=TAB)

    assert (card.title_id, Lease.objects.get(item=item).tab) == (item.title_id, TAB)


def test_one_title_that_somebody_else_holds_is_not_lent(reviewer, lead):
    item = make_queue_item()
    lend(lead)

    with pytest.raises(LeaseLost) as error:
        lease_title(item.title, reviewer=reviewer, tab=TAB)
    assert error.value.code == "lease_lost"


def test_one_title_that_does_not_wait_is_not_lent(reviewer):
    with pytest.raises(LeaseLost) as error:
        lease_title(make_title(), reviewer=reviewer, tab=TAB)
    assert error.value.code == "not_waiting"


@pytest.mark.parametrize("rows", [1, 20])
def test_lending_asks_as_often_for_one_card_as_for_twenty(rows, reviewer, django_assert_num_queries):
    for _ in range(rows):
        make_queue_item()

    # the savepoint's two, assigned ones, candidates, leases under the lock, expired ones, insert, known names (two)
    with django_assert_num_queries(8):
        assert len(lease_cards(reviewer=reviewer, tab=TAB)) == rows


@pytest.mark.django_db(transaction=True)
def test_reviewers_who_ask_at_once_never_get_the_same_title():
    titles = {make_queue_item(confidence=number / 100).title_id for number in range(40)}
    reviewers = [make_user() for _ in range(4)]

    answers = run_at_once(*(partial(lend, reviewer, count=8) for reviewer in reviewers))

    lent = [title_id for answer in answers for title_id in answer]
    assert (len(lent), len(set(lent)), set(lent) <= titles) == (32, 32, True)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_ask_at_once_never_get_the_same_title():
    reviewer = make_user()
    for _ in range(20):
        make_queue_item()

    first, second = run_at_once(*(partial(lend, reviewer, tab=uuid4(), count=8) for _ in range(2)))

    assert (len(first), len(second), set(first) & set(second)) == (8, 8, set())


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_and_a_taker_at_once_leave_at_most_one_holder():
    reviewer, other = make_user(), make_user()
    item = make_queue_item()
    for _ in range(10):
        Lease.objects.all().delete()
        Lease.objects.create(item=item, reviewer=reviewer, tab=TAB, expires_at=timezone.now() + timedelta(seconds=0.01))

        kept, taken = run_at_once(partial(renew_leases, reviewer=reviewer, tab=TAB), partial(lend, other, tab=uuid4()))

        live = Lease.objects.filter(expires_at__gt=timezone.now() + timedelta(seconds=1))
        assert (len(kept) + len(taken) <= 1, live.count()) == (True, len(kept) + len(taken))


def test_a_lead_takes_a_title_over_and_the_holder_learns_of_it(reviewer, lead):
    item, mine = make_queue_item(confidence=0.1), uuid4()
    lend(reviewer)

    for _ in range(2):
        assert take_over_lease(item.title, lead=lead, tab=mine).title_id == item.title_id
    assert (Lease.objects.get().reviewer, holding_lease(item.title).reviewer) == (lead, lead)
    assert renew_leases(reviewer=reviewer, tab=TAB) == []


def test_only_a_lead_takes_over_and_only_what_waits(reviewer, lead):
    item = make_queue_item()
    with pytest.raises(NotAllowed):
        take_over_lease(item.title, lead=reviewer, tab=TAB)
    item.state = QueueState.DONE
    item.save()
    with pytest.raises(LeaseLost) as error:
        take_over_lease(item.title, lead=lead, tab=TAB)

    assert (error.value.code, Lease.objects.count(), holding_lease(item.title)) == ("not_waiting", 0, None)


def test_a_take_over_that_dies_half_way_leaves_the_holder(reviewer, lead, monkeypatch):
    item = make_queue_item()
    lend(reviewer)
    monkeypatch.setattr("annotator.domain.leasing._lend", lambda *_args, **_fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        take_over_lease(item.title, lead=lead, tab=TAB)

    assert Lease.objects.get().reviewer == reviewer


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_who_take_over_at_once_one_holds_the_title():
    item = make_queue_item()
    leads = [make_user(role="lead") for _ in range(2)]

    run_at_once(*(partial(take_over_lease, item.title, lead=who, tab=uuid4()) for who in leads))

    assert Lease.objects.get().reviewer in leads
