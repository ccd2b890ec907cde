"""A correction carried over to other titles, and taken back."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError

from annotator.domain import propagation as domain
from annotator.domain.leasing import lease_cards
from annotator.domain.propagation import find_group, undo_propagation
from annotator.domain.review import record_verdict, undo_verdict
from annotator.domain.surfaces import index_predictions
from annotator.enums import Action, AnnotationSource, QueueReason, QueueState, TitleState
from annotator.exceptions import NotAllowed, NothingToPropagate, NothingToUndo, VerdictConflict
from annotator.models import (
    Annotation,
    PropagatedTitle,
    Propagation,
    QueuedSurface,
    Title,
    Verdict,
)
from tests.annotator.domain.carrying import GHOST, carry, correct, listed, queue, state_of, surfaces
from tests.factories import make_user, spans_of
from tests.races import run_at_once


@pytest.fixture(autouse=True)
def no_audit(settings):
    settings.PROPAGATION_AUDIT_SHARE = 0.0


def test_propagation_settles_what_is_sure_and_proposes_the_rest(reviewer):
    first, sure, unsure = queue("Ghost Box 0"), queue("Ghost Box 1"), queue("Ghost Box 2", confidence=0.5)
    propagation = carry(correct(first, reviewer), sure, unsure)
    expected = spans_of("Ghost Box 1", ("Ghost Box", "MISC"))
    settled = Annotation.objects.get(title=sure.title)
    sure.refresh_from_db()
    unsure.refresh_from_db()

    assert (settled.spans, settled.source, settled.prediction) == (
        expected,
        AnnotationSource.PROPAGATED,
        sure.prediction,
    )
    assert (sure.state, unsure.state, unsure.proposal) == (QueueState.DONE, QueueState.WAITING, expected)
    assert list(propagation.titles.values_list("title", "settled", "audited").order_by("title")) == [
        (sure.title_id, True, False),
        (unsure.title_id, False, False),
    ]
    [card] = lease_cards(reviewer=reviewer, tab=uuid4())
    assert (card.spans, card.proposed) == (expected, True)
    assert card.alternatives[0] == {"spans": unsure.prediction.spans, "confidence": 0.5}


def test_the_proposal_is_what_the_next_correction_starts_from(reviewer):
    both = ("Ghost Box", "PER", 0.72), ("Rome", "PER", 0.6)
    first, second = queue("Ghost Box 0"), queue("Rome", ("Rome", "PER", 0.6))
    last = queue("Ghost Box Rome", *both, confidence=0.4)
    carry(correct(first, reviewer), last)
    carry(correct(second, reviewer, ("Rome", "LOC")), last)
    last.refresh_from_db()
    assert surfaces("Ghost Box Rome", last.proposal) == [("Ghost Box", "MISC"), ("Rome", "LOC")]


def test_an_audited_title_is_settled_and_waits_all_the_same(reviewer, settings):
    settings.PROPAGATION_AUDIT_SHARE = 1.0
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    propagation = carry(correct(first, reviewer), same)
    same.refresh_from_db()

    assert (same.state, same.reason, same.sampling_probability) == (QueueState.WAITING, QueueReason.AUDIT, 1.0)
    assert Annotation.objects.get(title=same.title).source == AnnotationSource.PROPAGATED
    assert [link.audited for link in propagation.titles.all()] == [True]
    assert [card.spans for card in lease_cards(reviewer=reviewer, tab=uuid4())] == [same.proposal]


def test_one_undo_takes_everything_back(reviewer, settings):
    first, *others = (queue(f"Ghost Box {number}", confidence=0.7 - number / 50) for number in range(6))
    settings.PROPAGATION_AUDIT_SHARE = 0.5
    verdict = correct(first, reviewer)
    before = state_of(*others)
    propagation = carry(verdict, *others)
    assert state_of(*others) != before

    assert undo_propagation(propagation.pk, actor=reviewer) == 5
    assert (state_of(*others), len(listed(verdict))) == (before, 5)


def test_undo_leaves_alone_what_a_person_decided_since(reviewer, lead):
    first, overruled, kept = (queue(f"Ghost Box {number}") for number in range(3))
    propagation = carry(correct(first, reviewer), overruled, kept)
    correct(overruled, lead, ("Ghost Box", "ORG"))

    assert undo_propagation(propagation.pk, actor=reviewer) == 1
    assert Annotation.objects.get(title=overruled.title).source == AnnotationSource.REVIEWED
    assert Title.objects.get(pk=kept.title_id).state == TitleState.WAITING


def test_undo_leaves_alone_what_a_later_propagation_changed(reviewer):
    first, second = queue("Ghost Box 0"), queue("Rome", ("Rome", "PER", 0.6))
    both = queue("Ghost Box Rome", GHOST, ("Rome", "PER", 0.6), confidence=0.4)
    earlier = carry(correct(first, reviewer), both)
    later = carry(correct(second, reviewer, ("Rome", "LOC")), both)

    assert undo_propagation(earlier.pk, actor=reviewer) == 0
    assert undo_propagation(later.pk, actor=reviewer) == 1
    both.refresh_from_db()
    assert surfaces("Ghost Box Rome", both.proposal) == [("Ghost Box", "MISC"), ("Rome", "PER")]


def test_twice_is_the_same_as_once(reviewer):
    first, same, other = (queue(f"Ghost Box {number}") for number in range(3))
    verdict, propagation_id = correct(first, reviewer), uuid4()
    once = carry(verdict, same, propagation_id=propagation_id)
    after = state_of(same, other)
    assert (carry(verdict, same, other, propagation_id=propagation_id), state_of(same, other)) == (once, after)

    assert [undo_propagation(propagation_id, actor=reviewer) for _ in range(2)] == [1, 0]
    carry(verdict, same, propagation_id=propagation_id)
    assert Annotation.objects.filter(source=AnnotationSource.PROPAGATED).count() == 0


def test_the_id_of_another_correction_is_a_conflict(reviewer):
    first, second, same = (queue(f"Ghost Box {number}") for number in range(3))
    propagation = carry(correct(first, reviewer), same)
    with pytest.raises(VerdictConflict):
        carry(correct(second, reviewer), same, propagation_id=propagation.pk)


def test_only_the_own_standing_corrections_are_carried_over(reviewer, lead):
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    verdict = correct(first, reviewer)
    for refused in (partial(find_group, verdict.pk, actor=lead), partial(carry, verdict, same, actor=lead)):
        with pytest.raises(NotAllowed):
            refused()
    undo_verdict(verdict.pk, reviewer=reviewer, undo_id=uuid4())
    for verdict_id in (verdict.pk, uuid4()):
        with pytest.raises(NothingToPropagate):
            find_group(verdict_id, actor=reviewer)
    assert (Propagation.objects.count(), Annotation.objects.count()) == (0, 0)


def test_only_the_own_propagation_is_taken_back(reviewer, lead):
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    propagation = carry(correct(first, reviewer), same)
    with pytest.raises(NotAllowed):
        undo_propagation(propagation.pk, actor=lead)
    with pytest.raises(NothingToUndo):
        undo_propagation(uuid4(), actor=reviewer)
    assert Annotation.objects.filter(source=AnnotationSource.PROPAGATED).count() == 1


def test_an_accepted_reading_has_no_group(reviewer):
    first, _same = queue("Ghost Box 0"), queue("Ghost Box 1")
    verdict = record_verdict(title_id=first.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.ACCEPT)
    assert listed(verdict) == []
    assert carry(verdict, _same).titles.count() == 0


def test_killed_half_way_is_nothing(reviewer, monkeypatch: pytest.MonkeyPatch):
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    verdict = correct(first, reviewer)
    before = state_of(same)

    def die(settlements):
        list(settlements)
        raise IntegrityError

    monkeypatch.setattr(domain, "settle_titles", die)
    with pytest.raises(IntegrityError):
        carry(verdict, same)
    assert (state_of(same), Propagation.objects.count(), PropagatedTitle.objects.count()) == (before, 0, 0)


def test_an_undo_killed_half_way_is_nothing(reviewer, monkeypatch: pytest.MonkeyPatch):
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    propagation = carry(correct(first, reviewer), same)
    after = state_of(same)

    def die(title_ids):
        raise IntegrityError

    monkeypatch.setattr(domain, "remove_annotations", die)
    with pytest.raises(IntegrityError):
        undo_propagation(propagation.pk, actor=reviewer)
    propagation.refresh_from_db()
    assert (state_of(same), propagation.undone_at) == (after, None)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_settle_a_title_once(reviewer, lead):
    mine, theirs, same = (queue(f"Ghost Box {number}") for number in range(3))
    verdicts = correct(mine, reviewer), correct(theirs, lead)
    done = run_at_once(*(partial(carry, verdict, same) for verdict in verdicts))

    assert sorted(propagation.skipped for propagation in done) == [0, 1]
    assert PropagatedTitle.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_at_once_is_one_propagation(reviewer):
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    verdict, propagation_id = correct(first, reviewer), uuid4()
    done = run_at_once(*[partial(carry, verdict, same, propagation_id=propagation_id)] * 2)
    assert (done[0], PropagatedTitle.objects.count()) == (done[1], 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queries_do_not_grow_with_the_group(rows, reviewer, settings, django_assert_num_queries):
    first, *others = (queue(f"Ghost Box {number}") for number in range(rows + 1))
    verdict = correct(first, reviewer)
    with django_assert_num_queries(8):  # verdict, annotation, partners, limits, labels elsewhere, group, counts
        find_group(verdict.pk, actor=reviewer)
    settings.PROPAGATION_AUDIT_SHARE = 1.0
    with django_assert_num_queries(31):
        propagation = carry(verdict, *others)
    with django_assert_num_queries(19):
        undo_propagation(propagation.pk, actor=reviewer)


def test_a_new_reading_of_the_model_replaces_what_the_old_one_is_found_by(db):
    item = queue("Ghost Box in Rome", GHOST, ("Rome", "LOC", 0.9))
    item.prediction.spans = spans_of("Ghost Box in Rome", ("Rome", "LOC", 0.9))
    index_predictions([item.prediction])
    assert list(QueuedSurface.objects.values_list("key", "label")) == [("rome", "LOC")]


def test_undoing_a_verdict_leaves_the_group_as_it_is(reviewer):
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    verdict = correct(first, reviewer)
    carry(verdict, same)
    undo_verdict(verdict.pk, reviewer=reviewer, undo_id=uuid4())
    assert [annotation.title for annotation in Annotation.objects.all()] == [same.title]
    assert Verdict.objects.filter(title=same.title).count() == 0


def test_somebody_else_may_overrule_what_was_propagated(reviewer):
    first, same = queue("Ghost Box 0"), queue("Ghost Box 1")
    carry(correct(first, reviewer), same)
    assert correct(same, make_user(), ("Ghost Box", "ORG")).late is False
