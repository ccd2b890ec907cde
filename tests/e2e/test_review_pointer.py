"""The same work with the mouse alone, and with a thumb on a phone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.e2e.desk import Desk, decided, queue_many, queue_title, surfaces
from tests.processes import wait_until

TEXT = "Marlow Vane and The Quiet Hours at Lantern Hall, Ghent"
PIECES = [("Marlow Vane", "PER", 0.58), ("Lantern Hall", "LOC", 0.97)]
DRAWN = [("Marlow Vane", "PER"), ("Lantern Hall", "LOC")]
HOURS = ("The Quiet Hours", "PER")


def place(target: Locator, *, across: float = 0.5) -> tuple[float, float]:
    box = wait_until(target.bounding_box)  # none while the line is drawn anew
    return box["x"] + box["width"] * across, box["y"] + box["height"] / 2


def drag(page: Page, start: Locator, end: Locator) -> None:
    page.mouse.move(*place(start))
    page.mouse.down()
    page.mouse.move(*place(end), steps=6)
    page.mouse.up()


@pytest.fixture
def card(desk: Desk) -> Desk:
    queue_title(TEXT, *PIECES, others=[PIECES[1:]])
    return desk.open()


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, reviewer, sign_in: Callable) -> Iterator[Desk]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en-GB"
    )
    sign_in(context, reviewer)
    yield Desk(context.new_page(), live_server.url)
    context.close()


def test_review_whole_card_with_the_mouse(card: Desk):
    card.word("Lantern").click()
    assert card.focused() == "Lantern Hall"
    card.tool("label_misc").click()
    drag(card.page, card.word("The"), card.word("Hours"))
    expect(card.part("prompt")).to_have_text("Choose a label for the marked words.")
    card.tool("label_per").click()
    assert card.drawn() == [DRAWN[0], HOURS, ("Lantern Hall", "MISC")]
    card.tool("accept").click()
    card.empty()
    card.saved()
    assert [surfaces(verdict) for verdict in decided()] == [[DRAWN[0], HOURS, ("Lantern Hall", "MISC")]]


def test_review_mouse_label_first_then_the_words(card: Desk):
    card.press("Escape")
    card.tool("label_per").click()
    card.word("The").click()
    card.word("Hours").click()
    assert card.drawn()[1] == HOURS


def test_review_mouse_drags_an_edge_and_undoes_it_in_one_step(card: Desk):
    drag(card.page, card.page.locator('.grip[data-edge="end"]'), card.word("Quiet"))
    assert card.drawn()[0] == ("Marlow Vane and The Quiet", "PER")
    card.tool("undo").click()
    assert card.drawn() == DRAWN


def test_review_mouse_drags_an_edge_by_characters_with_alt(card: Desk):
    card.page.keyboard.down("Alt")
    inside = place(card.word("Marlow"), across=0.6)
    card.page.mouse.move(*place(card.page.locator('.grip[data-edge="start"]')))
    card.page.mouse.down()
    card.page.mouse.move(*inside, steps=4)
    card.page.mouse.up()
    card.page.keyboard.up("Alt")
    surface, label = card.drawn()[0]
    assert (label, "Marlow Vane".endswith(surface), 6 <= len(surface) <= 9) == ("PER", True, True)


def test_review_mouse_moves_edges_by_buttons(card: Desk):
    card.tool("end_on").click()
    card.tool("start_on").click()
    assert card.drawn()[0] == ("Vane and", "PER")
    card.tool("remove").click()
    assert card.drawn() == DRAWN[1:]
    expect(card.tool("end_on")).to_be_disabled()


def test_review_mouse_takes_a_reading(card: Desk):
    card.page.locator(".reading-choice").nth(1).click()
    assert card.drawn() == DRAWN[1:]


@pytest.mark.parametrize("action", ["nothing", "skip"])
def test_review_mouse_decides(card: Desk, action: str):
    card.tool(action).click()
    card.saved()
    assert [verdict.action for verdict in decided()] == [action]


def test_review_mouse_flags_and_undoes(card: Desk):
    card.tool("flag").click()
    card.part("comment-text").fill("which hall?")
    card.part("comment").get_by_role("button", name="Flag").click()
    card.saved()
    card.tool("undo").click()
    card.saved()
    assert [(verdict.action, verdict.comment) for verdict in decided()] == [("flag", "which hall?"), ("undo", "")]


def test_review_comment_of_a_flag_goes_when_something_else_is_decided(card: Desk):
    card.tool("flag").click()
    card.part("comment-text").fill("never mind")
    card.tool("accept").click()
    card.saved()
    expect(card.part("comment")).to_be_hidden()
    assert [(verdict.action, verdict.comment) for verdict in decided()] == [("accept", "")]


def test_review_space_after_a_click_accepts_instead_of_clicking_again(card: Desk):
    card.tool("label_org").click()
    card.press("Space")
    card.saved()
    assert [surfaces(verdict) for verdict in decided()] == [[("Marlow Vane", "ORG"), DRAWN[1]]]


def test_review_buttons_work_from_the_keyboard_too(card: Desk):
    card.tool("skip").focus()
    card.press("Enter")
    card.saved()
    assert [verdict.action for verdict in decided()] == ["skip"]


def test_review_whole_card_by_thumb(phone: Desk):
    queue_title(TEXT, *PIECES)
    queue_many(1)
    phone.open().tool("skip").tap()
    phone.shows(TEXT)
    phone.word("Lantern").tap()
    assert phone.focused() == "Lantern Hall"
    phone.tool("label_org").tap()
    phone.word("The").tap()
    phone.word("Hours").tap()
    phone.tool("label_per").tap()
    assert phone.drawn() == [DRAWN[0], HOURS, ("Lantern Hall", "ORG")]
    phone.tool("end_back").tap()
    phone.tool("undo").tap()
    phone.tool("accept").tap()
    phone.saved()
    assert [(verdict.action, surfaces(verdict)) for verdict in decided()][1] == (
        "correct",
        [DRAWN[0], HOURS, ("Lantern Hall", "ORG")],
    )


def test_review_thumb_takes_a_mark_back(phone: Desk):
    queue_title(TEXT, *PIECES)
    phone.open().word("Quiet").tap()
    expect(phone.page.locator(".is-marked")).to_have_count(1)
    phone.part("prompt-cancel").tap()
    expect(phone.page.locator(".is-marked")).to_have_count(0)
    assert phone.drawn() == DRAWN


def test_review_thumb_targets_are_44_px_and_nothing_is_cut_off(phone: Desk):
    queue_title(TEXT, *PIECES, others=[PIECES[1:]])
    phone.open()
    sizes = phone.page.locator(".tools-rows .tool, .reading-choice, [data-action=help]").evaluate_all(
        "tools => tools.map(tool => tool.getBoundingClientRect()).map(({ width, height }) => Math.min(width, height))"
    )
    assert (len(sizes), min(sizes) >= 44) == (18, True)
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
