from functools import partial
from uuid import uuid4

import pytest

from annotator.domain.leasing import lease_cards, lease_title
from annotator.domain.review import record_verdict, send_back_flagged, undo_verdict
from annotator.enums import Action, AnnotationSource, ArtistState, QueueReason, QueueState, TitleState
from annotator.exceptions import NotAllowed, NothingToUndo, TitleMissing, VerdictConflict
from annotator.models import Annotation, Artist, Mention, QueueItem, Title, Verdict
from tests.factories import SPANS, make_annotation, make_prediction, make_queue_item, make_title, make_user
from tests.races import run_at_once


def decide(item, reviewer, action=Action.ACCEPT, **given):
    return record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=action, **given)


def undo(verdict, undo_id=None):
    return undo_verdict(verdict.pk, reviewer=verdict.reviewer, undo_id=undo_id or uuid4())


def whole_state(item):
    """What an undo must bring back."""
    annotation = Annotation.objects.filter(title=item.title_id).first()
    return (
        Title.objects.get(pk=item.title_id).state,
        QueueItem.objects.filter(pk=item.pk).values_list("state", "done_at").first(),
        annotation and (annotation.spans, annotation.source, annotation.prediction_id, annotation.verdict_id),
        list(Mention.objects.values_list("artist__name", "start", "end")),
        list(Artist.objects.values_list("name", flat=True)),
    )


@pytest.mark.parametrize("action", [Action.ACCEPT, Action.CORRECT, Action.NOTHING, Action.SKIP, Action.FLAG])
@pytest.mark.parametrize("audit", [False, True])
def test_undo_brings_back_what_was_there(reviewer, action, audit):
    item = make_queue_item(reason=QueueReason.AUDIT if audit else QueueReason.LOW)
    if audit:
        make_annotation(item.title, source=AnnotationSource.AUTO, prediction=item.prediction)
    before = whole_state(item)
    verdict = decide(item, reviewer, action, spans=SPANS[:1])

    taken_back = undo(verdict)

    assert whole_state(item) == before
    assert (taken_back.action, taken_back.undoes, Verdict.objects.count()) == (Action.UNDO, verdict, 2)


def test_the_undone_title_can_be_lent_to_the_same_reviewer(reviewer):
    item = make_queue_item()
    undo(decide(item, reviewer))

    assert lease_title(item.title, reviewer=reviewer, tab=uuid4()).title_id == item.title_id


def test_the_same_undo_again_returns_the_stored_one(reviewer):
    item, undo_id = make_queue_item(), uuid4()
    verdict = decide(item, reviewer)
    first = undo(verdict, undo_id)
    decide(item, reviewer, Action.NOTHING)
    again = undo(verdict, undo_id)

    assert (again, Verdict.objects.count(), Annotation.objects.get().spans) == (first, 3, [])


def test_an_undo_id_of_another_verdict_is_a_conflict(reviewer):
    undo_id = uuid4()
    undo(decide(make_queue_item(), reviewer), undo_id)
    other = decide(make_queue_item(), reviewer)

    for taken in (undo_id, other.pk):
        with pytest.raises(VerdictConflict):
            undo(other, taken)
    assert Annotation.objects.get().verdict == other


def test_undo_of_any_depth_and_in_any_order(reviewer):
    items = [make_queue_item() for _ in range(4)]
    before = [whole_state(item)[:3] for item in items]
    verdicts = [decide(item, reviewer) for item in items]

    for index in (2, 0, 3, 1):
        undo(verdicts[index])

    assert [whole_state(item)[:3] for item in items] == before
    assert (Mention.objects.count(), Artist.objects.count()) == (0, 0)


def test_undo_of_a_second_verdict_brings_the_first_back(reviewer):
    item = make_queue_item()
    decide(item, reviewer)
    after_first = whole_state(item)[:3]
    second = decide(item, reviewer, Action.NOTHING)

    undo(second)

    assert whole_state(item)[:3] == after_first


def test_undo_of_an_overtaken_verdict_changes_nothing_until_the_later_one_is_undone_too(reviewer):
    item = make_queue_item()
    before = whole_state(item)
    first, second = decide(item, reviewer), decide(item, reviewer, Action.NOTHING)

    undo(first)
    assert Annotation.objects.get().verdict == second
    undo(second)

    assert whole_state(item) == before


def test_undo_of_a_leads_decision_on_a_flag_goes_back_to_the_flag_or_before_it(reviewer, lead):
    first, second = make_queue_item(), make_queue_item()
    waiting = whole_state(second)
    flags = [decide(item, reviewer, Action.FLAG) for item in (first, second)]
    decisions = [decide(item, lead) for item in (first, second)]

    undo(flags[1])
    for decision in decisions:
        undo(decision)

    assert whole_state(first)[0] == TitleState.FLAGGED
    assert whole_state(second) == waiting


def test_undo_of_a_late_verdict_changes_no_title(reviewer, lead):
    item = make_queue_item()
    decide(item, lead)
    before = whole_state(item)

    undo(decide(item, reviewer, Action.NOTHING))

    assert whole_state(item) == before


def test_undo_leaves_what_was_settled_otherwise_meanwhile(reviewer):
    item = make_queue_item()
    verdict = decide(item, reviewer)
    make_annotation(item.title, spans=[], source=AnnotationSource.ADJUDICATED)

    undo(verdict)

    assert Annotation.objects.get().source == AnnotationSource.ADJUDICATED


def test_undo_keeps_artists_that_others_speak_for(reviewer):
    item = make_queue_item()
    make_annotation(make_title("Ana Torres again in Porto"), spans=SPANS[:1])
    undo(decide(item, reviewer))
    assert Artist.objects.get().name == "Ana Torres"


def test_undo_keeps_artists_that_somebody_confirmed(reviewer):
    verdict = decide(make_queue_item(), reviewer)
    Artist.objects.update(state=ArtistState.CONFIRMED)
    undo(verdict)

    assert (Artist.objects.count(), Mention.objects.count()) == (1, 0)


def test_only_ones_own_verdicts_can_be_undone(reviewer, lead):
    verdict = decide(make_queue_item(), reviewer)

    with pytest.raises(NotAllowed):
        undo_verdict(verdict.pk, reviewer=lead, undo_id=uuid4())
    assert Annotation.objects.count() == 1


def test_there_is_nothing_to_undo_twice_or_in_an_undo_or_in_thin_air(reviewer):
    verdict = decide(make_queue_item(), reviewer)
    taken_back = undo(verdict)

    for verdict_id in (verdict.pk, taken_back.pk, uuid4()):
        with pytest.raises(NothingToUndo):
            undo_verdict(verdict_id, reviewer=reviewer, undo_id=uuid4())


def test_an_undo_that_fails_half_way_leaves_everything(reviewer, monkeypatch):
    item = make_queue_item()
    verdict = decide(item, reviewer)
    before = whole_state(item)

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("annotator.domain.undo._restore", fail)
    with pytest.raises(RuntimeError):
        undo(verdict)

    assert (whole_state(item), Verdict.objects.count()) == (before, 1)


@pytest.mark.django_db(transaction=True)
def test_two_undos_of_one_verdict_at_once_take_it_back_once():
    reviewer = make_user()
    for _ in range(5):
        item = make_queue_item()
        verdict = decide(item, reviewer)

        answers = run_at_once(partial(undo, verdict), partial(undo, verdict))

        assert sorted(type(answer).__name__ for answer in answers) == ["NothingToUndo", "Verdict"]
        assert Title.objects.get(pk=item.title_id).state == TitleState.WAITING


@pytest.mark.django_db(transaction=True)
def test_an_undo_and_a_taker_at_once_leave_one_outcome():
    reviewer, other = make_user(), make_user()
    for _ in range(5):
        item = make_queue_item()
        verdict = decide(item, reviewer)

        _, cards = run_at_once(partial(undo, verdict), partial(lease_cards, reviewer=other, tab=uuid4()))

        assert QueueItem.objects.get(pk=item.pk).state == QueueState.WAITING
        assert item.leases.count() == len(cards)
        decide(item, other)


def test_a_lead_sends_a_flagged_title_back_with_an_answer(reviewer, lead):
    item = make_queue_item()
    flag = decide(item, reviewer, Action.FLAG, comment="which one is the band?")
    undo_id = uuid4()
    answer = send_back_flagged(item.title_id, lead=lead, undo_id=undo_id, comment="the first")
    again = send_back_flagged(item.title_id, lead=lead, undo_id=undo_id, comment="the first")

    item.refresh_from_db()
    assert (again, answer.undoes, answer.comment) == (answer, flag, "the first")
    assert (item.state, item.reason, item.entered_at > flag.created_at) == (
        QueueState.WAITING,
        QueueReason.RETURNED,
        True,
    )
    assert [card.title_id for card in lease_cards(reviewer=reviewer, tab=uuid4())] == [item.title_id]


def test_a_flag_on_what_the_model_settled_alone_comes_into_the_queue(reviewer, lead):
    prediction = make_prediction(confidence=0.95)
    make_annotation(source=AnnotationSource.AUTO, prediction=prediction)
    record_verdict(title_id=prediction.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.FLAG)
    send_back_flagged(prediction.title_id, lead=lead, undo_id=uuid4())

    assert QueueItem.objects.values_list("title", "state").get() == (prediction.title_id, QueueState.WAITING)


def test_a_flagged_title_that_no_model_read_is_tagged_again(reviewer, lead):
    title = make_title()
    record_verdict(title_id=title.pk, reviewer=reviewer, verdict_id=uuid4(), action=Action.FLAG)
    send_back_flagged(title.pk, lead=lead, undo_id=uuid4())

    assert Title.objects.get().state == TitleState.NEW


def test_only_leads_send_flags_back_and_only_flags(reviewer, lead):
    item = make_queue_item()
    with pytest.raises(NotAllowed) as refused:
        send_back_flagged(item.title_id, lead=reviewer, undo_id=uuid4())
    with pytest.raises(NotAllowed) as not_flagged:
        send_back_flagged(item.title_id, lead=lead, undo_id=uuid4())
    with pytest.raises(TitleMissing):
        send_back_flagged(2**40, lead=lead, undo_id=uuid4())
    assert (refused.value.code, not_flagged.value.code) == ("not_allowed", "not_flagged")


def test_a_flag_answered_to_a_name_comes_first_to_that_person_alone(lead, reviewer):
    flagged, other = make_queue_item(confidence=0.6), make_queue_item(confidence=0.1)
    decide(flagged, lead, Action.FLAG)
    send_back_flagged(flagged.title_id, lead=lead, undo_id=uuid4(), assignee=reviewer)

    cards = lease_cards(reviewer=reviewer, tab=uuid4(), count=2)
    assert [card.title_id for card in cards] == [flagged.title_id, other.title_id]
    assert QueueItem.objects.get(pk=flagged.pk).assigned_to == reviewer
