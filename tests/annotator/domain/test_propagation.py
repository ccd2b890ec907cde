"""Scores and confidences: with 0.72 for the mention and 0.7 for the reading, the rest is 0.97 sure."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from annotator.domain import propagation as domain
from annotator.domain.groups import basis_of, same_mention
from annotator.domain.leasing import lease_cards
from annotator.domain.propagation import find_group, propagate_correction, undo_propagation
from annotator.domain.review import record_verdict, undo_verdict
from annotator.domain.surfaces import index_predictions
from annotator.enums import Action, AnnotationSource, QueueReason, QueueState, TitleState
from annotator.exceptions import NotAllowed, NothingToPropagate, NothingToUndo, VerdictConflict
from annotator.models import (
    Annotation,
    Artist,
    Mention,
    PropagatedTitle,
    Propagation,
    QueuedSurface,
    QueueItem,
    Title,
    Verdict,
)
from tests.factories import make_annotation, make_prediction, make_queue_item, make_title, make_user, spans_of
from tests.races import run_at_once

GHOST = ("Ghost Box", "PER", 0.72)


@pytest.fixture(autouse=True)
def no_audit(settings):
    settings.PROPAGATION_AUDIT_SHARE = 0.0


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


def test_the_group_has_the_waiting_titles_with_the_same_mistake(reviewer):
    first, same, other_spelling = (
        queue("Ghost Box night"),
        queue("Night of Ghost Box"),
        queue("GHOST-BOX", ("GHOST-BOX", "PER", 0.72)),
    )
    queue("Ghost Box label", ("Ghost Box", "ORG", 0.72))
    queue("Another box", ("Another", "PER", 0.72))
    verdict = correct(first, reviewer)
    group = group_of(verdict)

    assert [(found.item, surfaces(found.item.title.text, found.after)) for found in group.candidates] == [
        (same, [("Ghost Box", "MISC")]),
        (other_spelling, [("GHOST-BOX", "MISC")]),
    ]
    assert [(found.settles, found.doubts) for found in group.candidates] == [(True, ())] * 2
    assert (group.busy, group.more) == (0, False)


def test_a_title_in_which_the_model_is_unsure_of_the_rest_is_listed_but_would_not_be_settled(reviewer, settings):
    settings.BAND_HIGH_PER_LABEL = {"ORG": 0.99}
    first = queue("Ghost Box night")
    queue("Ghost Box in Rome", GHOST, ("Rome", "LOC", 0.89))
    queue("Ghost Box at Rome", GHOST, ("Rome", "LOC", 0.91))
    queue("Ghost Box by Rome", GHOST, ("Rome", "ORG", 0.98))
    queue("Ghost Box and words outside", GHOST, confidence=0.6)
    verdict = correct(first, reviewer)

    assert [found.settles for found in group_of(verdict).candidates] == [False, True, False, False]


@pytest.mark.parametrize(
    ("settled", "decided", "doubtful"),
    [
        ([("Ghost Box", "MISC")], [("Ghost Box", "MISC")], None),
        ([("Ghost Box", "PER")], [("Ghost Box", "MISC")], {"PER": 1}),
        ([("Ghost Box", "PER")], [], {"PER": 1}),
        ([("Ghost Box", "MISC")], [("Ghost Box night", "MISC")], {"MISC": 1}),
    ],
)
def test_words_that_are_settled_in_another_way_elsewhere_are_doubtful(reviewer, settled, decided, doubtful):
    make_annotation(make_title("Ghost Box elsewhere"), spans=spans_of("Ghost Box elsewhere", *settled))
    first, _same = queue("Ghost Box night"), queue("Again Ghost Box night")
    action = Action.CORRECT if decided else Action.NOTHING
    verdict = record_verdict(
        title_id=first.title_id,
        reviewer=reviewer,
        verdict_id=uuid4(),
        action=action,
        spans=spans_of("Ghost Box night", *decided),
    )
    [found] = group_of(verdict).candidates

    assert [(doubt.surface, doubt.labels) for doubt in found.doubts] == ([("Ghost Box", doubtful)] if doubtful else [])


def test_titles_that_others_have_in_hand_or_judged_or_that_need_more_opinions_are_left_out_and_counted(reviewer, lead):
    first, lent, judged, two, blind, assigned = others = [queue(f"Ghost Box {number}") for number in range(6)]
    QueueItem.objects.filter(pk=two.pk).update(opinions_needed=2)
    QueueItem.objects.filter(pk=blind.pk).update(blind=True)
    QueueItem.objects.filter(pk=assigned.pk).update(assigned_to=lead, assigned_at=timezone.now())
    lent.leases.create(reviewer=lead, tab=uuid4(), expires_at=timezone.now() + timedelta(minutes=1))
    judged.title.verdicts.create(reviewer=lead, action=Action.ACCEPT)
    verdict = correct(first, reviewer)
    assert (listed(verdict), group_of(verdict).busy) == ([], 5)

    propagation = carry(verdict, *others[1:])
    assert (propagation.skipped, propagation.titles.count(), Annotation.objects.count()) == (5, 0, 1)


def test_leases_that_ran_out_skips_and_the_own_cards_in_hand_do_not_count(reviewer, lead):
    first, expired, skipped, own = (queue(f"Ghost Box {number}") for number in range(4))
    expired.leases.create(reviewer=lead, tab=uuid4(), expires_at=timezone.now())
    skipped.title.verdicts.create(reviewer=lead, action=Action.SKIP)
    own.leases.create(reviewer=reviewer, tab=uuid4(), expires_at=timezone.now() + timedelta(minutes=1))
    assert listed(correct(first, reviewer)) == ["Ghost Box 1", "Ghost Box 2", "Ghost Box 3"]


def test_a_correction_that_two_agreed_on_reaches_titles_that_need_two_opinions(reviewer, lead):
    lead.verdicts.create(title=make_title(), action=Action.SKIP)
    first, two = queue("Ghost Box 0"), queue("Ghost Box 1", opinions_needed=2)
    verdict = correct(first, reviewer)
    assert listed(verdict) == []
    Annotation.objects.update(source=AnnotationSource.AGREED)
    assert listed(verdict) == [two.title.text]


def test_a_team_of_one_reaches_titles_that_need_two_opinions(reviewer):
    first, two = queue("Ghost Box 0"), queue("Ghost Box 1", opinions_needed=2)
    assert listed(correct(first, reviewer)) == [two.title.text]


@pytest.mark.parametrize(("partner", "settles"), [(False, True), (True, False)])
def test_what_the_model_was_very_sure_of_is_not_settled_on_one_persons_word(reviewer, lead, partner, settles):
    if partner:
        lead.verdicts.create(title=make_title(), action=Action.SKIP)
    first = queue("Ghost Box 0")
    queue("Ghost Box 1", ("Ghost Box", "PER", 0.98), confidence=0.89)
    assert [found.settles for found in group_of(correct(first, reviewer)).candidates] == [settles]


def test_what_was_sent_back_to_people_is_not_settled_without_them(reviewer):
    first, _returned = queue("Ghost Box 0"), queue("Ghost Box 1", reason=QueueReason.RETURNED)
    assert [found.settles for found in group_of(correct(first, reviewer)).candidates] == [False]


def test_the_group_is_long_but_not_endless(reviewer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("annotator.domain.groups.GROUP_MOST", 2)
    first = queue("Ghost Box night")
    for number in range(3):
        queue(f"Ghost Box {number}")
    verdict = correct(first, reviewer)
    assert (len(listed(verdict)), group_of(verdict).more) == (2, True)


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
    with django_assert_num_queries(30):
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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has statistics to plan by")
def test_the_group_is_found_without_walking_through_all_that_wait(reviewer):
    basis = basis_of(correct(queue("Ghost Box 0"), reviewer).pk, reviewer)
    assert "queue_item_rank" not in same_mention(basis).explain()
