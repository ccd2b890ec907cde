from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.leasing import lease_cards
from annotator.domain.review import record_verdict
from annotator.enums import Action, AnnotationSource, QueueReason, QueueState, TitleState
from annotator.exceptions import InvalidSpans, InvalidVerdict, TitleMissing, VerdictConflict
from annotator.models import Annotation, Artist, Lease, Mention, QueueItem, Title, Verdict
from tests.factories import (
    SPANS,
    make_annotation,
    make_model_version,
    make_prediction,
    make_queue_item,
    make_title,
    make_user,
    spans_of,
)
from tests.races import run_at_once


def decide(item, reviewer, action=Action.ACCEPT, *, verdict_id=None, **given):
    return record_verdict(
        title_id=item.title_id, reviewer=reviewer, verdict_id=verdict_id or uuid4(), action=action, **given
    )


def settled(item):
    annotation = Annotation.objects.get(title=item.title_id)
    return annotation.spans, annotation.source


def states(item):
    return Title.objects.get(pk=item.title_id).state, QueueItem.objects.get(pk=item.pk).state


def test_accept_settles_with_the_spans_that_were_shown(reviewer):
    item = make_queue_item()
    verdict = decide(item, reviewer, elapsed_ms=1200, prediction_id=item.prediction_id)

    assert settled(item) == (SPANS, AnnotationSource.REVIEWED)
    assert states(item) == (TitleState.SETTLED, QueueState.DONE)
    stored = Verdict.objects.get()
    assert (stored, stored.spans, stored.prediction, stored.elapsed_ms) == (verdict, SPANS, item.prediction, 1200)
    annotation = Annotation.objects.get()
    assert (annotation.verdict, annotation.prediction) == (verdict, item.prediction)
    assert Mention.objects.get().artist.name == "Ana Torres"


def test_accept_does_not_take_spans_from_the_client(reviewer):
    item = make_queue_item()
    decide(item, reviewer, spans=[{"start": 0, "end": 3, "label": "ORG"}])

    assert settled(item)[0] == SPANS


def test_accept_means_the_prediction_on_the_card_even_after_a_new_model(reviewer):
    item = make_queue_item()
    newer = make_prediction(item.title, spans=[], model_version=make_model_version("next", state="candidate"))
    QueueItem.objects.update(prediction=newer)

    decide(item, reviewer, prediction_id=item.prediction_id)

    assert settled(item)[0] == SPANS


def test_correct_settles_with_the_spans_sent(reviewer):
    item = make_queue_item()
    sent = spans_of(item.title.text, ("Ana Torres", "ORG", 0.9), ("Lisbon", "LOC"))
    verdict = decide(item, reviewer, Action.CORRECT, spans=list(reversed(sent)))

    bare = spans_of(item.title.text, ("Ana Torres", "ORG"), ("Lisbon", "LOC"))
    assert (settled(item)[0], verdict.spans, Mention.objects.count()) == (bare, bare, 0)


def test_nothing_settles_with_no_span(reviewer):
    item = make_queue_item()
    decide(item, reviewer, Action.NOTHING)

    assert settled(item) == ([], AnnotationSource.REVIEWED)


def test_skip_leaves_the_title_waiting_and_gives_it_back(reviewer):
    item = make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())
    verdict = decide(item, reviewer, Action.SKIP)

    assert states(item) == (TitleState.WAITING, QueueState.WAITING)
    assert (verdict.late, verdict.spans, Lease.objects.count(), Annotation.objects.count()) == (False, [], 0, 0)


def test_flag_takes_the_title_out_of_the_queue(reviewer):
    item = make_queue_item()
    verdict = decide(item, reviewer, Action.FLAG, comment="  two events in one \x00 ")

    assert states(item) == (TitleState.FLAGGED, QueueState.DONE)
    assert (verdict.comment, Annotation.objects.count()) == ("two events in one", 0)


def test_flag_on_an_audit_card_takes_the_automatic_reading_away(reviewer):
    item = make_queue_item(reason=QueueReason.AUDIT)
    make_annotation(item.title, source=AnnotationSource.AUTO, prediction=item.prediction)
    decide(item, reviewer, Action.FLAG)

    assert (states(item)[0], Annotation.objects.count(), Artist.objects.count()) == (TitleState.FLAGGED, 0, 0)


def test_an_audit_verdict_replaces_the_automatic_reading(reviewer):
    item = make_queue_item(reason=QueueReason.AUDIT)
    make_annotation(item.title, source=AnnotationSource.AUTO, prediction=item.prediction)
    decide(item, reviewer, Action.NOTHING)

    assert settled(item) == ([], AnnotationSource.REVIEWED)


def test_the_same_id_again_returns_the_stored_verdict(reviewer):
    item, verdict_id = make_queue_item(), uuid4()
    sent = {"action": Action.CORRECT, "spans": SPANS[:1], "comment": "x", "verdict_id": verdict_id}
    first = decide(item, reviewer, **sent)
    updated_at = Annotation.objects.get().updated_at
    again = decide(item, reviewer, **sent)

    assert (again, Verdict.objects.count(), Annotation.objects.get().updated_at) == (first, 1, updated_at)


@pytest.mark.parametrize(
    "other",
    [
        {"action": Action.NOTHING},
        {"action": Action.CORRECT, "spans": SPANS},
        {"action": Action.CORRECT, "spans": SPANS[:1], "comment": "other"},
    ],
)
def test_the_same_id_with_another_content_is_a_conflict(reviewer, other):
    item, verdict_id = make_queue_item(), uuid4()
    decide(item, reviewer, Action.CORRECT, spans=SPANS[:1], verdict_id=verdict_id)

    with pytest.raises(VerdictConflict):
        decide(item, reviewer, **other, verdict_id=verdict_id)
    assert settled(item)[0] == SPANS[:1]


def test_the_same_id_for_another_title_reviewer_or_prediction_is_a_conflict(reviewer, lead):
    item, other, verdict_id = make_queue_item(), make_queue_item(), uuid4()
    decide(item, reviewer, verdict_id=verdict_id)
    newer = make_prediction(item.title, spans=[], model_version=make_model_version("next", state="candidate"))

    for given in (
        {"item": other, "reviewer": reviewer},
        {"item": item, "reviewer": lead},
        {"item": item, "reviewer": reviewer, "prediction_id": newer.pk},
    ):
        with pytest.raises(VerdictConflict):
            decide(**given, verdict_id=verdict_id)
    assert Verdict.objects.count() == 1


def test_a_verdict_after_another_persons_is_late_and_changes_nothing(reviewer, lead):
    item = make_queue_item()
    decide(item, lead)
    late = decide(item, reviewer, Action.NOTHING)

    assert (late.late, late.spans, settled(item)[0]) == (True, [], SPANS)
    assert decide(item, reviewer, Action.SKIP).late


@pytest.mark.parametrize("source", [AnnotationSource.IMPORTED, AnnotationSource.AGREED, AnnotationSource.ADJUDICATED])
def test_a_verdict_does_not_overrule_what_people_settled_otherwise(reviewer, source):
    item = make_queue_item()
    make_annotation(item.title, source=source)

    assert decide(item, reviewer, Action.NOTHING).late
    assert settled(item) == (SPANS, source)


@pytest.mark.parametrize("source", [AnnotationSource.AUTO, AnnotationSource.PROPAGATED])
def test_a_verdict_overrules_what_was_settled_without_a_person_reading_the_title(reviewer, source):
    item = make_queue_item()
    make_annotation(item.title, source=source)

    assert not decide(item, reviewer, Action.NOTHING).late
    assert settled(item) == ([], AnnotationSource.REVIEWED)


def test_a_second_verdict_of_the_same_person_replaces_the_first(reviewer):
    item = make_queue_item()
    decide(item, reviewer)
    second = decide(item, reviewer, Action.NOTHING)

    assert (second.late, settled(item)[0]) == (False, [])


def test_a_lost_lease_does_not_lose_the_verdict(reviewer, lead):
    item = make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    lease_cards(reviewer=lead, tab=uuid4())

    first = decide(item, reviewer)
    second = decide(item, lead, Action.NOTHING)

    assert (first.late, second.late, settled(item)[0], Lease.objects.count()) == (False, True, SPANS, 0)


def test_a_flagged_title_is_decided_by_a_lead_or_by_who_flagged_it(reviewer, lead):
    first, second = make_queue_item(), make_queue_item()
    for item in (first, second):
        decide(item, reviewer, Action.FLAG)

    assert decide(first, make_user()).late
    assert not decide(first, lead).late
    assert not decide(second, reviewer, Action.NOTHING).late
    assert (states(first)[0], states(second)[0]) == (TitleState.SETTLED, TitleState.SETTLED)


def test_a_title_that_no_model_read_can_be_corrected_but_not_accepted(reviewer):
    title = make_title()
    sent = {"title_id": title.pk, "reviewer": reviewer}

    with pytest.raises(InvalidVerdict) as error:
        record_verdict(**sent, verdict_id=uuid4(), action=Action.ACCEPT)
    assert error.value.code == "no_prediction"
    record_verdict(**sent, verdict_id=uuid4(), action=Action.CORRECT, spans=SPANS)
    assert Annotation.objects.get().spans == SPANS


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ({"start": 0, "end": 999, "label": "PER"}, "out_of_range"),
        ({"start": 4, "end": 4, "label": "PER"}, "empty"),
        ({"start": 3, "end": 6, "label": "PER"}, "whitespace_edge"),
        ({"start": 0, "end": 3, "label": "SONG"}, "unknown_label"),
        ({"start": 0, "end": 3}, "not_a_span"),
        ("Ana", "not_a_span"),
        ({"start": 20, "end": 22, "label": "LOC"}, "overlap"),
    ],
)
def test_bad_spans_are_named_and_nothing_is_stored(reviewer, span, code):
    item = make_queue_item()

    with pytest.raises(InvalidSpans) as error:
        decide(item, reviewer, Action.CORRECT, spans=[SPANS[1], span])
    assert (error.value.code, error.value.field) == (code, "spans")
    assert "span" in error.value.message
    assert (Verdict.objects.count(), states(item)) == (0, (TitleState.WAITING, QueueState.WAITING))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"action": "undo"}, "unknown_action"),
        ({"action": "praise"}, "unknown_action"),
        ({"action": "flag", "comment": "x" * 2001}, "comment_too_long"),
        ({"action": "accept", "prediction_id": 2**60}, "unknown_prediction"),
    ],
)
def test_bad_verdicts_are_refused_with_a_code(reviewer, given, code):
    item = make_queue_item()

    with pytest.raises(InvalidVerdict) as error:
        decide(item, reviewer, **given)
    assert (error.value.code, Verdict.objects.count()) == (code, 0)


def test_a_prediction_of_another_title_is_refused(reviewer):
    with pytest.raises(InvalidVerdict) as error:
        decide(make_queue_item(), reviewer, prediction_id=make_prediction().pk)
    assert error.value.code == "unknown_prediction"


def test_a_missing_title_is_refused(reviewer):
    with pytest.raises(TitleMissing):
        record_verdict(title_id=2**40, reviewer=reviewer, verdict_id=uuid4(), action=Action.SKIP)


@pytest.mark.parametrize(("sent", "stored"), [(-5, 0), (2**40, 2**31 - 1), (None, None)])
def test_an_elapsed_time_that_cannot_be_is_cut_to_what_can(reviewer, sent, stored):
    assert decide(make_queue_item(), reviewer, elapsed_ms=sent).elapsed_ms == stored


def test_a_verdict_that_fails_half_way_leaves_nothing(reviewer, monkeypatch):
    item = make_queue_item()
    lease_cards(reviewer=reviewer, tab=uuid4())

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("annotator.domain.annotations.link_mentions", fail)
    with pytest.raises(RuntimeError):
        decide(item, reviewer)

    assert states(item) == (TitleState.WAITING, QueueState.WAITING)
    assert (Verdict.objects.count(), Annotation.objects.count(), Lease.objects.count()) == (0, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_verdicts_at_once_one_settles_and_one_is_late():
    reviewers = make_user(), make_user()
    for _ in range(5):
        item = make_queue_item()

        answers = run_at_once(*(partial(decide, item, who) for who in reviewers))

        assert sorted(answer.late for answer in answers) == [False, True]
        assert Annotation.objects.get(title=item.title).verdict == next(a for a in answers if not a.late)


@pytest.mark.django_db(transaction=True)
def test_the_same_verdict_sent_twice_at_once_is_stored_once():
    reviewer = make_user()
    for _ in range(5):
        item, verdict_id = make_queue_item(), uuid4()

        first, second = run_at_once(*[partial(decide, item, reviewer, verdict_id=verdict_id)] * 2)

        assert (first, first.pk, first.late) == (second, verdict_id, False)
        assert Verdict.objects.filter(title=item.title).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_id_for_two_titles_at_once_is_a_conflict_for_one_of_them():
    reviewer = make_user()
    for _ in range(5):
        items, verdict_id = (make_queue_item(), make_queue_item()), uuid4()

        answers = run_at_once(*(partial(decide, item, reviewer, verdict_id=verdict_id) for item in items))

        assert sorted(type(answer) for answer in answers if not isinstance(answer, Verdict)) == [VerdictConflict]
        assert Annotation.objects.filter(title__in=[item.title for item in items]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_bring_the_same_new_artist_end_with_one_row():
    reviewers = make_user(), make_user()
    for number in range(5):
        items = [
            make_queue_item(make_title(f"Nova Star{number} in {place}"), prediction=None)
            for place in ("Oslo", "Bergen")
        ]
        spans = [{"start": 0, "end": len(f"Nova Star{number}"), "label": "PER"}]

        answers = run_at_once(
            *(
                partial(decide, item, who, Action.CORRECT, spans=spans)
                for item, who in zip(items, reviewers, strict=True)
            )
        )

        assert [answer.late for answer in answers] == [False, False]
        artist = Artist.objects.get(name=f"Nova Star{number}")
        assert artist.mentions.count() == 2
