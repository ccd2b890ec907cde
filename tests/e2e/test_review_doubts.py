"""Guideline help where the hand is: a reading that may break a rule is accepted at the second press."""

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, decided, queue_title, surfaces

TEXT = "Marlow Vane & Iris Holt, live at Lantern Hall"
PIECES = [("Marlow Vane & Iris Holt,", "PER", 0.8), ("live", "MISC", 0.5), ("Lantern Hall", "LOC", 0.97)]
TOLD = [
    "“Marlow Vane & Iris Holt,” looks like more than one act. Rule 2",
    "“Marlow Vane & Iris Holt,” begins or ends with a sign that may not belong to it. Rule 3",
    "“live” is an ordinary word, not a name. Rule 4",
]
KEPT = [
    {"code": "two_acts", "start": 0, "end": 24, "reason": ""},
    {"code": "edge_sign", "start": 0, "end": 24, "reason": ""},
    {"code": "generic_word", "start": 25, "end": 29, "reason": ""},
]


@pytest.fixture
def doubtful(desk: Desk) -> Desk:
    """A card whose reading breaks three rules, and a clean one behind it."""
    queue_title(TEXT, *PIECES, confidence=0.3)
    queue_title("Ana Torres in Porto", ("Ana Torres", "PER", 0.7), confidence=0.4)
    return desk.open()


def told(desk: Desk) -> list[str]:
    return desk.part("doubt-list").locator("li").all_text_contents()


def test_doubts_are_shown_at_the_first_accept_with_the_span_in_focus(doubtful: Desk):
    expect(doubtful.part("doubts")).to_be_hidden()
    doubtful.press("Space")
    doubtful.shows(TEXT)
    assert (told(doubtful), doubtful.focused()) == (TOLD, "Marlow Vane & Iris Holt,")
    link = doubtful.part("doubt-list").get_by_role("link", name="Rule 4")
    assert (link.get_attribute("href"), decided()) == ("/guidelines/#rule-4", [])
    expect(doubtful.part("speech")).to_have_text(
        " ".join(line.rsplit(" Rule", 1)[0] for line in TOLD)
        + " Accept again to keep it as it is. span 1 of 3: Marlow Vane & Iris Holt,, performer, 80 %, is new: an artist is added"
    )


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_doubts_are_overruled_by_the_same_key(doubtful: Desk, key: str):
    doubtful.press(key, key)
    expect(doubtful.part("doubts")).to_be_hidden()
    doubtful.shows("Ana Torres in Porto")
    doubtful.press(key)
    doubtful.empty()
    doubtful.saved()
    assert [(verdict.action, verdict.overrides) for verdict in decided()] == [("accept", KEPT), ("accept", [])]


def test_doubts_are_overruled_by_the_button_with_a_reason(doubtful: Desk):
    doubtful.press("Space")
    doubtful.page.get_by_label("Why keep it?").fill("a duo of that name")
    doubtful.page.get_by_role("button", name="Keep as it is").click()
    doubtful.press("Space")
    doubtful.empty()
    doubtful.saved()
    reasons = [[override["reason"] for override in verdict.overrides] for verdict in decided()]
    assert reasons == [["a duo of that name"] * 3, []]


def test_doubts_go_when_the_reading_is_corrected(doubtful: Desk):
    doubtful.press("Space")
    doubtful.press("Shift+ArrowLeft")
    expect(doubtful.part("doubts")).to_be_hidden()
    doubtful.press("Shift+ArrowLeft", "Shift+ArrowLeft", "Tab", "m", "Space")
    doubtful.shows("Ana Torres in Porto")
    doubtful.saved()
    [verdict] = decided()
    assert (verdict.action, [override["code"] for override in verdict.overrides]) == ("correct", [])
    assert surfaces(verdict) == [("Marlow Vane", "PER"), ("Lantern Hall", "LOC")]


def test_doubts_are_not_overruled_by_a_key_that_is_held(doubtful: Desk):
    press = "repeat => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', repeat, bubbles: true, cancelable: true}))"
    for repeat in [False, True, True, True]:
        doubtful.page.evaluate(press, repeat)
    doubtful.shows(TEXT)
    assert decided() == []
    doubtful.page.evaluate(press, arg=False)
    doubtful.shows("Ana Torres in Porto")


def test_doubts_hold_up_no_other_decision(doubtful: Desk):
    doubtful.press("Space", "s", "x")
    doubtful.empty()
    doubtful.saved()
    assert [(verdict.action, verdict.overrides) for verdict in decided()] == [("skip", []), ("nothing", [])]


def test_doubts_come_again_after_undo(doubtful: Desk):
    doubtful.press("Space", "Space", "u")
    doubtful.shows(TEXT)
    expect(doubtful.part("doubts")).to_be_hidden()
    doubtful.press("Space")
    assert told(doubtful) == TOLD
