from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.adjudication import adjudicate_title, disputed_items, next_dispute
from annotator.domain.differences import Choice, Difference, combine, find_differences
from annotator.domain.review import record_verdict, undo_verdict
from annotator.enums import Action, AnnotationSource, Band, QueueState
from annotator.exceptions import NotAllowed, NotDisputed
from annotator.models import Annotation, QueueItem, Verdict
from tests.factories import SPANS, make_queue_item, make_user
from tests.races import run_at_once

OTHER = [{"start": 0, "end": 3, "label": "PER"}, SPANS[1]]


def active(name=None, **fields):
    return make_user(name, last_login=timezone.now(), **fields)


def disputed(people, readings=(SPANS, OTHER)):
    item = make_queue_item(band=Band.LOW, opinions_needed=2)
    for person, spans in zip(people, readings, strict=True):
        record_verdict(
            title_id=item.title_id,
            reviewer=person,
            verdict_id=uuid4(),
            action=Action.CORRECT if spans else Action.NOTHING,
            spans=spans,
        )
    return item


def choose(dispute, lead, *choices, verdict_id=None):
    return adjudicate_title(
        dispute.title.pk,
        lead=lead,
        verdict_id=verdict_id or uuid4(),
        opinions=(dispute.left.pk, dispute.right.pk),
        choices=choices,
    )


@pytest.fixture
def people(db):
    return active("bram"), active("carla")


def span(start, end, label="PER"):
    return {"start": start, "end": end, "label": label}


def test_differences_are_what_only_one_has_and_overlaps_are_one():
    left = [span(0, 3), span(4, 9), span(20, 25)]
    right = [span(0, 3), span(4, 6), span(7, 9, "LOC"), span(30, 35)]

    assert find_differences(left, right) == [
        Difference((span(4, 9),), (span(4, 6), span(7, 9, "LOC"))),
        Difference((span(20, 25),), ()),
        Difference((), (span(30, 35),)),
    ]
    assert find_differences(left, left) == []


@pytest.mark.parametrize(
    ("choice", "kept"),
    [(Choice.LEFT, [span(0, 3), span(4, 9)]), (Choice.RIGHT, [span(0, 3), span(4, 6)]), (Choice.NEITHER, [span(0, 3)])],
)
def test_combine_keeps_what_both_have_and_what_was_chosen(choice, kept):
    assert combine([span(0, 3), span(4, 9)], [span(0, 3), span(4, 6)], [choice]) == kept


@pytest.mark.parametrize("side", [Choice.LEFT, Choice.RIGHT])
def test_a_lead_settles_a_dispute_by_a_choice_for_each_difference(side, people, lead):
    item = disputed(people)
    dispute = next_dispute(lead)
    verdict = choose(dispute, lead, side)

    annotation = Annotation.objects.get(title=item.title)
    chosen = dispute.left if side == Choice.LEFT else dispute.right
    assert (annotation.source, annotation.verdict, annotation.spans) == (
        AnnotationSource.ADJUDICATED,
        verdict,
        chosen.spans,
    )
    assert QueueItem.objects.get().state == QueueState.DONE
    assert next_dispute(lead) is None


def test_the_same_decision_again_is_the_stored_one(people, lead):
    disputed(people)
    dispute, verdict_id = next_dispute(lead), uuid4()
    first = choose(dispute, lead, Choice.LEFT, verdict_id=verdict_id)

    assert choose(dispute, lead, Choice.LEFT, verdict_id=verdict_id) == first
    assert Verdict.objects.count() == 3


def test_an_undone_decision_is_a_dispute_again(people, lead):
    disputed(people)
    dispute = next_dispute(lead)
    verdict = choose(dispute, lead, Choice.NEITHER)
    undo_verdict(verdict.pk, reviewer=lead, undo_id=uuid4())

    assert next_dispute(lead) == dispute
    assert not Annotation.objects.exists()


def test_an_opinion_undone_after_the_decision_changes_nothing_until_the_decision_is_undone(people, lead):
    disputed(people)
    dispute = next_dispute(lead)
    verdict = choose(dispute, lead, Choice.LEFT)
    undo_verdict(dispute.left.pk, reviewer=dispute.left.reviewer, undo_id=uuid4())
    assert Annotation.objects.get().source == AnnotationSource.ADJUDICATED

    undo_verdict(verdict.pk, reviewer=lead, undo_id=uuid4())
    assert (QueueItem.objects.get().state, Annotation.objects.count()) == (QueueState.WAITING, 0)


def test_reviewers_settle_no_dispute(people, lead):
    disputed(people)

    with pytest.raises(NotAllowed):
        choose(next_dispute(lead), people[0], Choice.LEFT)
    assert not Annotation.objects.exists()


def test_a_lead_with_an_opinion_of_their_own_settles_it_only_as_the_only_lead(lead, people):
    disputed((lead, people[0]))
    other = active("otto", role="lead")
    dispute = next_dispute(other)
    assert list(disputed_items(lead)) == []
    with pytest.raises(NotAllowed) as error:
        choose(dispute, lead, Choice.LEFT)
    assert error.value.code == "own_opinion"

    other.is_active = False
    other.save()
    assert choose(next_dispute(lead), lead, Choice.LEFT).reviewer == lead


def test_choices_must_fit_the_differences(people, lead):
    disputed(people)

    with pytest.raises(NotDisputed) as error:
        choose(next_dispute(lead), lead)
    assert error.value.code == "incomplete_choices"


def test_a_reading_that_changed_meanwhile_is_looked_at_again(people, lead):
    item = disputed(people)
    dispute = next_dispute(lead)
    changing = Verdict.objects.get(reviewer=people[0])
    undo_verdict(changing.pk, reviewer=people[0], undo_id=uuid4())
    with pytest.raises(NotDisputed) as error:
        choose(dispute, lead, Choice.LEFT)
    assert error.value.code == "not_disputed"

    record_verdict(title_id=item.title_id, reviewer=people[0], verdict_id=uuid4(), action=Action.NOTHING)
    with pytest.raises(NotDisputed) as error:
        choose(dispute, lead, Choice.LEFT)
    assert error.value.code == "dispute_changed"


def test_left_and_right_do_not_tell_who_was_first(people, lead):
    sides = set()
    for _ in range(12):
        disputed(people)
        dispute = next_dispute(lead)
        sides.add(dispute.left.reviewer)
        choose(dispute, lead, Choice.LEFT)

    assert sides == set(people)


@pytest.mark.django_db(transaction=True)
def test_of_two_leads_at_once_one_settles():
    people = active(), active()
    leads = [active(role="lead") for _ in range(2)]
    disputed(people)
    dispute = next_dispute(leads[0])

    answers = run_at_once(*(lambda who=who: choose(dispute, who, Choice.LEFT) for who in leads))

    assert sorted(type(answer).__name__ for answer in answers) == ["NotDisputed", "Verdict"]
    assert Annotation.objects.get().verdict in answers


def test_a_decision_that_dies_half_way_leaves_the_dispute(people, lead, monkeypatch):
    disputed(people)
    dispute = next_dispute(lead)
    monkeypatch.setattr("annotator.domain.adjudication.settle_title", lambda *_args, **_fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        choose(dispute, lead, Choice.LEFT)

    assert (next_dispute(lead), Verdict.objects.count()) == (dispute, 2)
