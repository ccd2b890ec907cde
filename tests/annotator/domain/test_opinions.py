from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.leasing import lease_cards
from annotator.domain.opinions import hidden_opinions, settle_lone_opinions
from annotator.domain.review import record_verdict, send_back_flagged, undo_verdict
from annotator.enums import Action, AnnotationSource, Band, QueueReason, QueueState, TitleState
from annotator.exceptions import InvalidVerdict
from annotator.models import Annotation, QueueItem, User, Verdict
from tests.factories import SPANS, make_annotation, make_prediction, make_queue_item, make_title, make_user
from tests.races import run_at_once

OTHER = SPANS[:1]


@pytest.fixture
def bram(db):
    return make_user("bram", last_login=timezone.now())


@pytest.fixture
def rosa(reviewer, bram):
    User.objects.filter(pk=reviewer.pk).update(last_login=timezone.now())
    return reviewer


def low_item(**fields):
    return make_queue_item(confidence=0.3, band=Band.LOW, opinions_needed=2, **fields)


def read(item, reviewer, spans=SPANS, verdict_id=None):
    return record_verdict(
        title_id=item.title_id,
        reviewer=reviewer,
        verdict_id=verdict_id or uuid4(),
        action=Action.CORRECT if spans else Action.NOTHING,
        spans=spans,
    )


def undo(verdict):
    return undo_verdict(verdict.pk, reviewer=verdict.reviewer, undo_id=uuid4())


def state(item):
    """Queue state, title state, source of the settled reading."""
    item = QueueItem.objects.select_related("title").get(pk=item.pk)
    source = Annotation.objects.filter(title=item.title).values_list("source", flat=True).first()
    return item.state, item.title.state, source


WAITS = (QueueState.WAITING, TitleState.WAITING, None)
DISPUTED = (QueueState.ADJUDICATION, TitleState.WAITING, None)
AGREED = (QueueState.DONE, TitleState.SETTLED, AnnotationSource.AGREED)
REVIEWED = (QueueState.DONE, TitleState.SETTLED, AnnotationSource.REVIEWED)


def test_a_first_opinion_settles_nothing_and_the_title_goes_to_another_only(rosa, bram):
    item = low_item()
    verdict = read(item, rosa)

    assert (state(item), verdict.late) == (WAITS, False)
    assert lease_cards(reviewer=rosa, tab=uuid4()) == []
    assert [card.spans for card in lease_cards(reviewer=bram, tab=uuid4())] == [item.prediction.spans]


def test_two_equal_opinions_settle_as_agreed(rosa, bram):
    item = low_item()
    read(item, rosa)
    second = read(item, bram)

    assert state(item) == AGREED
    annotation = Annotation.objects.get()
    assert (annotation.spans, annotation.verdict) == (SPANS, second)


def test_two_different_opinions_wait_for_a_lead(rosa, bram):
    item = low_item()
    read(item, rosa)
    read(item, bram, OTHER)

    assert state(item) == DISPUTED
    assert lease_cards(reviewer=make_user(), tab=uuid4()) == []


def test_one_person_never_gives_both_opinions(rosa, bram):
    item = low_item()
    read(item, rosa)
    read(item, rosa, OTHER)
    assert state(item) == WAITS

    read(item, bram, OTHER)
    assert state(item) == AGREED


def test_the_same_opinion_sent_twice_is_one(rosa, bram):
    item = low_item()
    verdict_id = uuid4()

    assert read(item, rosa, verdict_id=verdict_id) == read(item, rosa, verdict_id=verdict_id)
    assert (state(item), Verdict.objects.count()) == (WAITS, 1)


def test_a_team_of_one_is_never_held_up(reviewer):
    item = low_item()
    read(item, reviewer)

    assert state(item) == REVIEWED


def test_without_the_setting_one_opinion_is_enough(rosa, settings):
    settings.SECOND_OPINION = False
    item = low_item()
    read(item, rosa)

    assert state(item) == REVIEWED


def test_accounts_of_clients_and_closed_ones_are_no_second_person(reviewer):
    make_user(role="client", last_login=timezone.now())
    make_user(is_active=False, last_login=timezone.now())
    make_user(last_login=timezone.now() - timedelta(days=8))
    item = low_item()
    read(item, reviewer)

    assert state(item) == REVIEWED


def test_what_waits_for_a_second_opinion_is_settled_when_nobody_else_is_left(rosa, bram):
    item, untouched = low_item(), low_item()
    verdict = read(item, rosa)
    assert settle_lone_opinions() == 0

    User.objects.filter(pk=bram.pk).update(is_active=False)
    assert (settle_lone_opinions(), settle_lone_opinions()) == (1, 0)
    assert (state(item), state(untouched)) == (REVIEWED, WAITS)
    assert Annotation.objects.get().verdict == verdict

    undo(verdict)
    assert state(item) == WAITS


def test_an_opinion_of_somebody_who_left_waits_for_who_is_left(rosa, bram):
    item = low_item()
    read(item, bram)
    User.objects.filter(pk=bram.pk).update(is_active=False)

    assert (settle_lone_opinions(), state(item)) == (0, WAITS)
    read(item, rosa)
    assert state(item) == AGREED


def test_an_undone_first_opinion_leaves_the_title_as_it_was(rosa, bram):
    item = low_item()
    undo(read(item, rosa))
    read(item, bram, OTHER)

    assert state(item) == WAITS


@pytest.mark.parametrize("spans", [SPANS, OTHER], ids=["agreed", "disputed"])
@pytest.mark.parametrize("which", [0, 1], ids=["first", "second"])
def test_a_pair_waits_again_when_either_opinion_is_undone(which, spans, rosa, bram):
    item = low_item()
    pair = read(item, rosa), read(item, bram, spans)
    undo(pair[which])
    assert state(item) == WAITS

    read(item, (rosa, bram)[which], pair[1 - which].spans)
    assert state(item) == AGREED


def test_nobody_overrules_what_two_agreed_on_by_a_later_reading(rosa, bram):
    item = low_item()
    read(item, rosa)
    read(item, bram)
    late = read(item, bram, OTHER)

    assert (late.late, state(item)) == (True, AGREED)


def test_a_verdict_on_a_disputed_title_is_kept_as_late(rosa, bram):
    item = low_item()
    read(item, rosa)
    read(item, bram, OTHER)
    late = read(item, make_user())

    assert (late.late, state(item)) == (True, DISPUTED)


def test_a_skip_leaves_the_first_opinion_waiting(rosa, bram):
    item = low_item()
    read(item, rosa)
    record_verdict(title_id=item.title_id, reviewer=bram, verdict_id=uuid4(), action=Action.SKIP)
    assert state(item) == WAITS

    read(item, bram)
    assert state(item) == AGREED


def test_a_flag_by_the_second_goes_to_a_lead_and_opinions_start_anew_when_it_comes_back(rosa, bram, lead):
    item = low_item()
    read(item, rosa)
    record_verdict(title_id=item.title_id, reviewer=bram, verdict_id=uuid4(), action=Action.FLAG)
    assert state(item) == (QueueState.DONE, TitleState.FLAGGED, None)

    send_back_flagged(item.title_id, lead=lead, undo_id=uuid4())
    read(item, bram)
    assert state(item) == WAITS
    read(item, rosa)
    assert state(item) == AGREED


def test_an_undone_flag_brings_the_first_opinion_back(rosa, bram):
    item = low_item()
    read(item, rosa)
    undo(record_verdict(title_id=item.title_id, reviewer=bram, verdict_id=uuid4(), action=Action.FLAG))
    read(item, bram)

    assert state(item) == AGREED


def strong_item(score=0.98, **fields):
    title = make_title()
    spans = [SPANS[0] | {"score": score}, SPANS[1] | {"score": 0.5}]
    return make_queue_item(prediction=make_prediction(title, spans=spans, confidence=0.7), **fields)


def test_against_a_sure_model_a_second_person_looks(rosa, bram):
    item = strong_item()
    read(item, rosa, SPANS[1:])
    assert state(item) == WAITS
    read(item, bram, SPANS[1:])
    assert state(item) == AGREED


def test_a_change_of_what_the_model_was_unsure_of_needs_no_second_look(rosa):
    item, weaker = strong_item(), strong_item(score=0.96)
    read(item, rosa, SPANS[:1])
    read(weaker, rosa, SPANS[1:])

    assert (state(item), state(weaker)) == (REVIEWED, REVIEWED)


def test_a_team_of_one_needs_no_second_look(reviewer):
    item = strong_item()
    read(item, reviewer, [])

    assert state(item) == REVIEWED


def audit():
    prediction = make_prediction(confidence=0.99)
    annotation = make_annotation(prediction=prediction, source=AnnotationSource.AUTO)
    item = make_queue_item(prediction=prediction, band=Band.HIGH, reason=QueueReason.AUDIT)
    item.title.state = TitleState.SETTLED
    item.title.save()
    return item, annotation


def test_an_audit_that_finds_the_same_settles_as_reviewed(rosa):
    item, _annotation = audit()
    read(item, rosa)

    assert state(item) == REVIEWED


def test_an_audit_that_overturns_gets_a_second_look_and_the_title_stays_settled_meanwhile(rosa, bram):
    item, _annotation = audit()
    first = read(item, rosa, OTHER)
    assert state(item) == (QueueState.WAITING, TitleState.SETTLED, AnnotationSource.AUTO)

    read(item, bram, OTHER)
    assert state(item) == AGREED
    undo(first)
    assert state(item) == (QueueState.WAITING, TitleState.SETTLED, AnnotationSource.AUTO)


def test_opinions_stay_hidden_from_others_until_the_title_is_settled(rosa, bram):
    item = low_item()
    verdict = read(item, rosa)
    assert (hidden_opinions(item, viewer=bram), hidden_opinions(item, viewer=rosa)) == ({verdict.pk}, set())

    read(item, bram)
    item.refresh_from_db()
    assert hidden_opinions(item, viewer=bram) == set()


def test_a_blind_title_can_be_read_but_not_accepted(reviewer):
    item = make_queue_item(blind=True)
    [card] = lease_cards(reviewer=reviewer, tab=uuid4())
    assert (card.blind, card.spans, card.alternatives, card.confidence) == (True, [], [], None)

    with pytest.raises(InvalidVerdict) as error:
        record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.ACCEPT)
    assert error.value.code == "nothing_shown"
    assert read(item, reviewer).blind is True
    assert read(make_queue_item(), reviewer).blind is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("spans", "end"), [(SPANS, AGREED), (OTHER, DISPUTED)], ids=["equal", "different"])
def test_two_opinions_at_once_are_one_pair(spans, end):
    people = [make_user(last_login=timezone.now()) for _ in range(2)]
    item = low_item()

    first, second = run_at_once(lambda: read(item, people[0]), lambda: read(item, people[1], spans))

    assert (first.late, second.late) == (False, False)
    assert state(item) == end


@pytest.mark.django_db(transaction=True)
def test_the_second_opinion_and_the_undo_of_the_first_never_leave_half_a_pair():
    people = [make_user(last_login=timezone.now()) for _ in range(2)]
    item = low_item()
    first = read(item, people[0])

    run_at_once(lambda: undo(first), lambda: read(item, people[1]))

    assert state(item) == WAITS


def test_a_reading_that_dies_half_way_leaves_nothing(rosa, bram, monkeypatch):
    item = low_item()
    read(item, rosa)
    monkeypatch.setattr("annotator.domain.review.dispute", lambda _item: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read(item, bram, OTHER)

    assert (state(item), Verdict.objects.count()) == (WAITS, 1)
