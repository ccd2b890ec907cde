from functools import partial
from uuid import uuid4

import pytest

from annotator.domain.overrides import clean_overrides
from annotator.domain.review import record_verdict
from annotator.enums import Action
from annotator.exceptions import InvalidVerdict, VerdictConflict
from annotator.models import Verdict
from annotator.templatetags.doubts import doubt_words
from ner_core.guidelines import CODES
from tests.factories import make_queue_item
from tests.races import run_at_once

SPANS = [{"start": 0, "end": 4, "label": "PER"}, {"start": 8, "end": 12, "label": "LOC"}]


def override(code="edge_sign", start=0, end=4, **reason):
    return {"code": code, "start": start, "end": end} | reason


def test_clean_overrides_are_in_the_order_of_the_title_and_once():
    sent = [override(start=8, end=12), override(reason=" a\x00 "), override("possessive"), override(reason="b")]
    assert clean_overrides(sent, SPANS) == [
        override(reason="a"),
        override("possessive", reason=""),
        override(start=8, end=12, reason=""),
    ]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (override("made_up"), "unknown_check"),
        (override(end=5), "no_such_span"),
        (override(reason="x" * 2001), "comment_too_long"),
    ],
)
def test_clean_overrides_refuses_what_cannot_be(sent, code):
    with pytest.raises(InvalidVerdict) as refused:
        clean_overrides([sent], SPANS)
    assert refused.value.code == code


def test_record_verdict_with_overrides_twice_is_one_and_other_overrides_conflict(reviewer):
    item = make_queue_item()
    span = item.prediction.spans[0]
    kept = [override("two_acts", span["start"], span["end"], reason="")]
    again = partial(record_verdict, title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=Action.ACCEPT)
    assert again(overrides=kept) == again(overrides=kept)
    with pytest.raises(VerdictConflict):
        again()
    assert [verdict.overrides for verdict in Verdict.objects.all()] == [kept]


@pytest.mark.parametrize("action", [Action.NOTHING, Action.SKIP, Action.FLAG])
def test_record_verdict_without_a_reading_overrules_nothing(reviewer, action):
    item = make_queue_item()
    with pytest.raises(InvalidVerdict):
        record_verdict(
            title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=action, overrides=[override()]
        )
    assert Verdict.objects.count() == 0


def test_every_check_has_words():
    assert list(doubt_words()) == list(CODES)


@pytest.mark.django_db(transaction=True)
def test_verdict_with_overrides_sent_at_once_is_stored_once(reviewer):
    item = make_queue_item()
    span = item.prediction.spans[0]
    send = partial(
        record_verdict,
        title_id=item.title_id,
        reviewer=reviewer,
        verdict_id=uuid4(),
        action=Action.ACCEPT,
        overrides=[override("two_acts", span["start"], span["end"])],
    )
    run_at_once(send, send)
    assert Verdict.objects.count() == 1
