from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.domain import bulk, bulk_undo
from annotator.domain.bulk import accept_titles, assign_titles, return_titles, undo_bulk_action
from annotator.domain.leasing import lease_cards
from annotator.domain.review import record_verdict
from annotator.enums import AnnotationSource, QueueReason, QueueState, TitleState
from annotator.exceptions import IdempotencyConflict, InvalidBulkAction, NotAllowed
from annotator.models import Annotation, BulkAction, Mention, QueueItem, Title, Verdict
from tests.factories import make_annotation, make_queue_item, make_user
from tests.races import run_at_once


@pytest.fixture
def partner(settings):
    """Somebody who could give a second opinion."""
    settings.SECOND_OPINION = True
    return make_user("otto", last_login=timezone.now())


def accept(items, lead, action_id=None):
    return accept_titles(action_id or uuid4(), title_ids=[item.title_id for item in items], actor=lead)


def assign(items, lead, assignee, action_id=None):
    title_ids = [item.title_id for item in items]
    return assign_titles(action_id or uuid4(), title_ids=title_ids, actor=lead, assignee=assignee)


def decide(item, reviewer, action="accept", **given):
    return record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=action, **given)


def lent(reviewer, count=20):
    return [card.title_id for card in lease_cards(reviewer=reviewer, tab=uuid4(), count=count)]


def titles_of(*items):
    return [item.title_id for item in items]


def state_of(items):
    """What an undo must bring back."""
    ids = [item.title_id for item in items]
    queued = QueueItem.objects.filter(title__in=ids).order_by("pk")
    return (
        list(Title.objects.filter(pk__in=ids).order_by("pk").values_list("state", flat=True)),
        list(queued.values_list("state", "done_at", "assigned_to", "assigned_at", "entered_at")),
        Annotation.objects.count(),
        Mention.objects.count(),
    )


def test_accepting_settles_with_the_models_reading_and_a_verdict_of_the_lead(lead):
    items = [make_queue_item() for _ in range(2)]

    action = accept(items, lead)

    assert (action.count, action.skipped) == (2, {})
    for item in items:
        annotation = Annotation.objects.get(title=item.title)
        verdict = annotation.verdict
        assert (annotation.source, annotation.prediction) == (AnnotationSource.REVIEWED, item.prediction)
        assert (verdict.action, verdict.reviewer, verdict.spans) == ("accept", lead, annotation.spans)
        assert [set(span) for span in annotation.spans] == [{"start", "end", "label"}] * len(item.prediction.spans)
    assert state_of(items)[0] == [TitleState.SETTLED] * 2


def test_accepting_leaves_out_what_is_anothers_affair_and_says_how_many(lead, reviewer, partner):
    free = make_queue_item(confidence=0.9)
    held = make_queue_item(confidence=0.1)
    lent(reviewer, count=1)
    own = make_queue_item(confidence=0.1)
    lent(lead, count=1)
    judged = make_queue_item(opinions_needed=2)
    decide(judged, reviewer)
    audit = make_queue_item(reason=QueueReason.AUDIT)
    make_annotation(audit.title, source=AnnotationSource.AUTO, prediction=audit.prediction)
    corrected, blind = make_queue_item(proposal=[]), make_queue_item(blind=True)
    done = make_queue_item(state=QueueState.DONE)

    action = accept([free, held, own, judged, audit, corrected, blind, done], lead)

    assert action.skipped == {"leased": 1, "judged": 1, "corrected": 1, "blind": 1, "not_waiting": 2}
    settled = Annotation.objects.filter(source=AnnotationSource.REVIEWED).order_by("title")
    assert list(settled.values_list("title", flat=True)) == titles_of(free, own)


def test_undo_of_accepting_brings_everything_back_once(lead):
    items = [make_queue_item() for _ in range(2)]
    before = state_of(items)
    action = accept(items, lead)
    other_lead = make_user("lou", role="lead")

    assert (undo_bulk_action(action.pk, actor=other_lead), undo_bulk_action(action.pk, actor=lead)) == (2, 0)
    assert state_of(items) == before
    undone = Verdict.objects.filter(action="undo")
    assert {(verdict.reviewer, verdict.undoes.title_id) for verdict in undone} == {
        (other_lead, item.title_id) for item in items
    }
    action.refresh_from_db()
    assert action.undone_by == other_lead


def test_undo_leaves_what_was_decided_since(lead):
    kept, back = make_queue_item(), make_queue_item()
    action = accept([kept, back], lead)
    decide(kept, lead, "nothing")

    assert undo_bulk_action(action.pk, actor=lead) == 1
    assert list(Annotation.objects.values_list("title", "spans")) == [(kept.title_id, [])]
    assert state_of([kept, back])[0] == [TitleState.SETTLED, TitleState.WAITING]


def test_accepted_titles_can_be_accepted_again_after_the_undo(lead):
    item = make_queue_item()
    undo_bulk_action(accept([item], lead).pk, actor=lead)

    assert accept([item], lead).count == 1


def test_assigned_titles_go_to_the_assignee_first_and_to_nobody_else(lead, reviewer):
    first, assigned = make_queue_item(confidence=0.1), make_queue_item(confidence=0.6)
    other = make_user("otto")

    action = assign([assigned], lead, reviewer)

    assert (action.count, action.assignee) == (1, reviewer)
    assert (lent(other), lent(reviewer)) == (titles_of(first), titles_of(assigned))


def test_after_the_assignees_answer_the_title_is_anybodys(lead, reviewer):
    item, other = make_queue_item(), make_user("otto")
    assign([item], lead, reviewer)
    decide(item, reviewer, "skip")

    assert lent(other) == titles_of(item)


def test_what_the_assignee_skipped_before_comes_first_all_the_same(lead, reviewer):
    assigned, other = make_queue_item(confidence=0.6), make_queue_item(confidence=0.1)
    decide(assigned, reviewer, "skip")
    assign([assigned], lead, reviewer)

    assert lent(reviewer) == titles_of(assigned, other)


def test_assigning_leaves_out_what_others_hold_and_what_the_assignee_has_read(lead, reviewer, partner):
    held = make_queue_item(confidence=0.1)
    lent(partner, count=1)
    judged = make_queue_item(opinions_needed=2)
    decide(judged, reviewer)

    assert assign([held, judged], lead, reviewer).skipped == {"leased": 1, "judged": 1}


def test_clearing_gives_titles_back_to_everybody(lead, reviewer):
    item, other = make_queue_item(), make_user("otto")
    assign([item], lead, reviewer)

    assert assign([item], lead, None).count == 1
    assert lent(other) == titles_of(item)


@pytest.mark.parametrize("former", [True, False])
def test_undo_of_assigning_goes_back_to_who_had_it(lead, reviewer, former):
    item = make_queue_item()
    if former:
        assign([item], lead, make_user("otto"))
    before = state_of([item])
    action = assign([item], lead, reviewer)

    assert (undo_bulk_action(action.pk, actor=lead), undo_bulk_action(action.pk, actor=lead)) == (1, 0)
    assert state_of([item]) == before


def test_undo_of_assigning_leaves_what_was_assigned_since(lead, reviewer):
    item = make_queue_item()
    action = assign([item], lead, reviewer)
    assign([item], lead, lead)

    assert undo_bulk_action(action.pk, actor=lead) == 0
    assert state_of([item])[1][0][2] == lead.pk


def test_a_returned_title_comes_fresh_to_everybody_and_its_undo_takes_that_back(lead, reviewer):
    skipped, other = make_queue_item(confidence=0.1), make_queue_item(confidence=0.6)
    decide(skipped, reviewer, "skip")
    before = state_of([skipped])

    action = return_titles(uuid4(), title_ids=[skipped.title_id], actor=lead, comment=" It is a band. ")

    assert (action.count, action.comment) == (1, "It is a band.")
    assert lent(reviewer) == titles_of(skipped, other)
    assert undo_bulk_action(action.pk, actor=lead) == 1
    assert state_of([skipped]) == before


def test_the_same_id_again_does_nothing_and_another_request_is_a_conflict(lead, reviewer):
    items, action_id = [make_queue_item() for _ in range(2)], uuid4()
    first = accept(items, lead, action_id)

    assert accept(items, lead, action_id) == first
    assert accept([], lead, action_id) == first
    assert Verdict.objects.count() == 2
    with pytest.raises(IdempotencyConflict):
        assign(items, lead, reviewer, action_id)


def test_reviewers_may_not_and_too_much_is_refused(lead, reviewer, monkeypatch):
    item = make_queue_item()
    action = accept([make_queue_item()], lead)
    for refused in (partial(accept, [item], reviewer), partial(undo_bulk_action, action.pk, actor=reviewer)):
        with pytest.raises(NotAllowed):
            refused()
    monkeypatch.setattr(bulk, "BULK_MOST", 1)
    client = make_user("api", role="client")
    for call, code in [
        (partial(accept, [], lead), "nothing_chosen"),
        (partial(accept, [item, make_queue_item()], lead), "too_many"),
        (partial(assign, [item], lead, client), "unknown_assignee"),
        (partial(undo_bulk_action, uuid4(), actor=lead), "no_such_action"),
    ]:
        with pytest.raises(InvalidBulkAction) as refusal:
            call()
        assert refusal.value.code == code
    assert BulkAction.objects.count() == 1


def test_killed_half_way_nothing_is_done(lead, monkeypatch):
    items = [make_queue_item() for _ in range(2)]
    before = state_of(items)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "settle_titles", die)
        with pytest.raises(KeyboardInterrupt):
            accept(items, lead)
    assert (state_of(items), BulkAction.objects.count(), Verdict.objects.count()) == (before, 0, 0)

    action = accept(items, lead)
    after = state_of(items)
    with monkeypatch.context() as patch:
        patch.setattr(bulk_undo, "remove_annotations", die)
        with pytest.raises(KeyboardInterrupt):
            undo_bulk_action(action.pk, actor=lead)
    assert (state_of(items), Verdict.objects.filter(action="undo").count()) == (after, 0)


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_settle_each_title_once(transactional_db):
    leads = [make_user(name, role="lead") for name in ("lena", "lou")]
    items = [make_queue_item() for _ in range(5)]

    done = run_at_once(*(partial(accept, items, lead) for lead in leads))

    assert sorted(action.count for action in done) == [0, 5]
    assert (Verdict.objects.count(), Annotation.objects.count()) == (5, 5)


@pytest.mark.django_db(transaction=True)
def test_the_same_step_twice_at_once_is_one(transactional_db):
    lead = make_user("lena", role="lead")
    items, action_id = [make_queue_item() for _ in range(3)], uuid4()

    first, second = run_at_once(*(partial(accept, items, lead, action_id) for _ in range(2)))

    assert (first, first.count, Verdict.objects.count()) == (second, 3, 3)
    assert sorted(run_at_once(*(partial(undo_bulk_action, action_id, actor=lead) for _ in range(2)))) == [0, 3]


def test_queries_do_not_grow_with_the_number_of_titles(lead, reviewer):
    def queries(step):
        with CaptureQueriesContext(connection) as captured:
            step()
        return len(captured)

    counts = []
    for number in (1, 3):
        items = [make_queue_item() for _ in range(number)]
        action_id = uuid4()
        counts.append(
            (
                queries(partial(assign, items, lead, reviewer)),
                queries(partial(accept, items, lead, action_id)),
                queries(partial(undo_bulk_action, action_id, actor=lead)),
            )
        )
    assert counts[0] == counts[1]
