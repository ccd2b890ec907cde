"""Which waiting titles have the same mistake as a corrected one."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from annotator.domain.groups import basis_of, same_mention
from annotator.domain.review import record_verdict
from annotator.enums import Action, AnnotationSource, QueueReason
from annotator.models import (
    Annotation,
    QueueItem,
)
from tests.annotator.domain.carrying import GHOST, carry, correct, group_of, listed, queue, surfaces
from tests.factories import make_annotation, make_title, spans_of


@pytest.fixture(autouse=True)
def no_audit(settings):
    settings.PROPAGATION_AUDIT_SHARE = 0.0


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


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has statistics to plan by")
def test_the_group_is_found_without_walking_through_all_that_wait(reviewer):
    basis = basis_of(correct(queue("Ghost Box 0"), reviewer).pk, reviewer)
    assert "queue_item_rank" not in same_mention(basis).explain()
