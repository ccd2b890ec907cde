"""Undo: edits first, then verdicts, to any depth of the session, whether they were sent or not."""

from playwright.sync_api import expect

from annotator.models import Annotation, QueueItem
from tests.e2e.desk import Desk, decided, queue_many, queue_title, surfaces

ANA = [("Ana Torres", "PER")]


def test_review_undo_takes_edits_back_one_by_one(desk: Desk):
    queue_many(1)
    desk.open().press("m", "]", "p", "u")
    assert (desk.drawn(), desk.focused()) == ([("Torres", "MISC")], "Torres")
    desk.press("u")
    assert (desk.drawn(), desk.focused()) == ([("Ana Torres", "MISC")], "Ana Torres")
    desk.press("u", "Space")
    desk.saved()
    assert [(verdict.action, surfaces(verdict)) for verdict in decided()] == [("accept", ANA)]


def test_review_undo_goes_back_through_saved_verdicts(desk: Desk):
    queue_many(4)
    desk.open().press("Space", "o", "Space", "x")
    desk.saved()
    desk.press("u")
    desk.shows("Stage 002 with Ana Torres")
    desk.press("u")
    desk.shows("Stage 001 with Ana Torres")
    assert desk.drawn() == [("Ana Torres", "ORG")]
    desk.saved()
    assert [verdict.action for verdict in decided()] == ["accept", "correct", "nothing", "undo", "undo"]
    assert Annotation.objects.count() == 1
    expect(desk.part("done")).to_have_text("1 done")


def test_review_undo_returns_to_the_edits_of_the_card_before(desk: Desk):
    queue_many(2)
    desk.open().press("o", "Space", "u", "u")
    desk.shows("Stage 000 with Ana Torres")
    assert desk.drawn() == ANA
    desk.press("Space", "Space")
    desk.saved()
    assert [surfaces(verdict) for verdict in decided(action="accept")] == [ANA, ANA]
    assert [item.state for item in QueueItem.objects.all()] == ["done", "done"]


def test_review_undo_before_it_was_sent_sends_nothing(desk: Desk):
    queue_many(3)
    desk.open()
    desk.page.context.set_offline(True)
    desk.press("Space", "Space", "u", "u", "s")
    desk.page.context.set_offline(False)
    desk.saved()
    assert [(verdict.action, verdict.title.text[:9]) for verdict in decided()][-1:] == [("skip", "Stage 000")]
    standing = [
        verdict.action for verdict in decided() if verdict.action != "undo" and not hasattr(verdict, "undone_by")
    ]
    assert standing == ["skip"]


def test_review_undo_of_a_flag_brings_the_title_back(desk: Desk):
    queue_many(2)
    desk.open().press("f", "Enter")
    desk.saved()
    desk.press("u")
    desk.shows("Stage 000 with Ana Torres")
    desk.press("Space")
    desk.saved()
    assert [verdict.action for verdict in decided()] == ["flag", "undo", "accept"]


def test_review_undo_works_from_an_empty_queue(desk: Desk):
    queue_title("Ana Torres", ("Ana Torres", "PER", 0.7))
    desk.open().press("Space")
    desk.empty()
    desk.press("u")
    desk.shows("Ana Torres")
    desk.saved()
    assert {verdict.action for verdict in decided()} <= {"accept", "undo"}
    assert not Annotation.objects.exists()


def test_review_undo_with_nothing_to_undo_does_nothing(desk: Desk):
    queue_many(1)
    desk.open().press("u", "u")
    desk.shows("Stage 000 with Ana Torres")
    expect(desk.tool("undo")).to_be_disabled()
    assert decided() == []


def test_review_undo_stays_within_the_session(desk: Desk):
    queue_many(2)
    desk.open().press("Space")
    desk.saved()
    desk.open().press("u")
    desk.shows("Stage 001 with Ana Torres")
    assert [verdict.action for verdict in decided()] == ["accept"]
    expect(desk.part("done")).to_have_text("1 done")
