"""The group card: one correction carried over to other waiting titles, with keys or the pointer, and back with one U."""

import pytest
from playwright.sync_api import expect

from annotator.domain.surfaces import index_predictions
from annotator.models import Annotation, Propagation, QueueItem
from tests import factories
from tests.e2e.desk import Desk, decided, queue_title, surfaces
from tests.factories import spans_of

BOSTON = ("Boston", "PER", 0.42)


@pytest.fixture(autouse=True)
def no_audit(settings):
    settings.PROPAGATION_AUDIT_SHARE = 0.0


def queue_boston(count: int, **fields: float) -> None:
    """ "Boston 0" is the least certain; the model is sure of the rest of each title."""
    index_predictions([
        queue_title(f"Boston {number}", BOSTON, **({"confidence": 0.4 + number / 1000} | fields)) for number in range(count)
    ])  # fmt: skip


def propagated() -> list[str]:
    return sorted(annotation.title.text for annotation in Annotation.objects.filter(source="propagated"))


def applied(desk: Desk) -> None:
    expect(desk.part("remark")).to_contain_text("Carried over")
    desk.saved()


def offers(desk: Desk, words: str) -> None:
    expect(desk.part("offer")).to_contain_text(words)


def test_review_group_carries_a_correction_over_from_the_keyboard(desk: Desk):
    queue_boston(4)
    desk.open().press("l", "Space")
    offers(desk, "The same correction fits 3 more waiting titles")
    desk.press("g")
    expect(desk.part("group")).to_be_visible()
    expect(desk.part("group-count")).to_have_text("3 / 3")
    expect(desk.part("group-list").locator(".group-before").first).to_have_text("BostonP 1")
    expect(desk.part("group-list").locator(".group-after").first).to_have_text("BostonL 1")
    desk.press("ArrowDown", "Space")
    expect(desk.part("group-count")).to_have_text("2 / 3")
    desk.press("Enter")
    expect(desk.part("group")).to_be_hidden()
    applied(desk)
    expect(desk.part("remark")).to_contain_text("2 settled")
    assert propagated() == ["Boston 1", "Boston 3"]
    desk.shows("Boston 2")


def test_review_group_is_one_step_of_undo(desk: Desk):
    queue_boston(4)
    desk.open().press("l", "Space")
    offers(desk, "3 more")
    desk.press("g", "Enter")
    applied(desk)
    desk.empty()
    assert len(propagated()) == 3
    desk.press("u")
    desk.saved()
    expect(desk.part("card")).to_be_visible()
    desk.shows("Boston 1")
    assert (propagated(), [verdict.action for verdict in decided()]) == ([], ["correct"])
    offers(desk, "3 more")
    desk.press("u")
    desk.shows("Boston 0")
    desk.saved()
    expect(desk.part("offer")).to_be_hidden()
    assert [verdict.action for verdict in decided()] == ["correct", "undo"]


def test_review_group_closed_with_escape_changes_nothing(desk: Desk):
    queue_boston(2)
    desk.open().press("l", "Space")
    offers(desk, "1 more waiting title")
    desk.press("g", "Space", "Escape")
    expect(desk.part("group")).to_be_hidden()
    desk.press("Space")
    desk.saved()
    assert (propagated(), [surfaces(verdict) for verdict in decided()]) == (
        [],
        [[("Boston", "LOC")], [("Boston", "PER")]],
    )


def test_review_group_works_with_the_pointer_alone(desk: Desk):
    queue_boston(3)
    desk.open()
    desk.tool("label_loc").click()
    desk.tool("accept").click()
    desk.part("offer").get_by_role("button").click()
    desk.part("group-list").get_by_text("Boston").first.click()
    desk.part("group-apply").click()
    applied(desk)
    assert propagated() == ["Boston 2"]


def test_review_group_leaves_names_with_several_labels_unticked(desk: Desk):
    factories.make_annotation(factories.make_title("Boston live"), spans=spans_of("Boston live", ("Boston", "PER")))
    queue_boston(3)
    desk.open().press("l", "Space")
    offers(desk, "2 more")
    desk.press("g")
    expect(desk.part("group-list")).to_contain_text("“Boston” is settled elsewhere as: performer 1")
    expect(desk.part("group-count")).to_have_text("0 / 2")
    expect(desk.part("group-apply")).to_be_disabled()
    desk.press("a")
    expect(desk.part("group-count")).to_have_text("2 / 2")
    desk.press("Enter")
    applied(desk)
    assert propagated() == ["Boston 1", "Boston 2"]


def test_review_group_puts_the_new_reading_on_cards_that_wait_on(desk: Desk):
    queue_boston(3, confidence=0.3)
    desk.open().press("l", "Space")
    offers(desk, "2 more")
    desk.press("g", "Enter")
    applied(desk)
    expect(desk.page.locator(".line .span .tag")).to_contain_text("L")
    assert desk.drawn() == [("Boston", "LOC")]
    desk.press("Space")
    desk.saved()
    assert [(verdict.action, surfaces(verdict)) for verdict in decided()] == [("correct", [("Boston", "LOC")])] * 2


def test_review_group_survives_a_lost_connection(desk: Desk):
    queue_boston(3)
    desk.open().press("l", "Space")
    offers(desk, "2 more")
    desk.page.context.set_offline(True)
    desk.press("g", "Enter")
    desk.empty()
    desk.page.context.set_offline(False)
    applied(desk)
    assert (propagated(), Propagation.objects.count()) == (["Boston 1", "Boston 2"], 1)


def test_review_group_says_when_there_is_none(desk: Desk):
    queue_boston(1)
    queue_title("Rome night", ("Rome", "LOC", 0.7))
    desk.open().press("g")
    expect(desk.part("remark")).to_contain_text("No other waiting title")
    desk.press("l", "Space", "Space")
    desk.saved()
    expect(desk.part("offer")).to_be_hidden()
    assert QueueItem.objects.filter(state="waiting").count() == 0
