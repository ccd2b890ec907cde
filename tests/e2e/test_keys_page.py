"""Choosing keys by pressing them, and reviewing with them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotator.models import User
from tests.e2e.desk import Desk, decided, queue_title


@pytest.fixture
def keys(live_server: LiveServer, watched: Page, reviewer: User, sign_in: Callable) -> Page:
    sign_in(watched.context, reviewer)
    watched.goto(f"{live_server.url}/account/keys/")
    return watched


def press_for(page: Page, action: str) -> None:
    page.get_by_role("button", name=f"Press a key for: {action}").click()


def test_key_is_chosen_by_pressing_it_and_works_on_the_card(keys: Page, live_server: LiveServer):
    press_for(keys, "Undo")
    keys.keyboard.press("Alt+Shift+ArrowDown")
    expect(keys.locator("[data-key-words]")).to_contain_text("is taken: Start one character later")
    keys.keyboard.press("Control+k")
    expect(keys.locator("[data-key-words]")).to_contain_text("cannot be used here")
    keys.keyboard.press("Shift+Z")
    expect(keys.get_by_label("Undo", exact=True)).to_have_value("Shift+z")
    press_for(keys, "Accept what is drawn")
    keys.keyboard.press("Space")
    expect(keys.get_by_label("Accept what is drawn", exact=True)).to_have_value("Space")
    keys.get_by_role("button", name="Save the keys").click()
    expect(keys.get_by_text("Keys saved.")).to_be_visible()

    queue_title("Ana Torres in Porto", ("Ana Torres", "PER", 0.7))
    desk = Desk(keys, live_server.url).open()
    desk.press("p", "u", "Enter")
    assert desk.drawn() == []
    desk.press("Shift+Z")
    assert desk.drawn() == [("Ana Torres", "PER")]
    desk.press("Space")
    desk.empty()
    desk.saved()
    assert [verdict.action for verdict in decided()] == ["accept"]


def test_key_is_left_as_it_is_by_escape_and_tab(keys: Page):
    for leave in ["Escape", "Tab"]:
        press_for(keys, "Skip")
        expect(keys.locator("[data-key-words]")).to_have_text("Press the new key, or Esc to leave it as it is.")
        keys.keyboard.press(leave)
        expect(keys.locator("[data-key-words]")).to_be_empty()
    assert keys.get_by_label("Skip", exact=True).input_value() == "s"


def test_single_keys_that_are_off_act_with_alt_only(keys: Page, live_server: LiveServer):
    keys.get_by_label("Letters, digits and signs act alone").uncheck()
    keys.get_by_role("button", name="Save the keys").click()
    queue_title("Ana Torres in Porto", ("Ana Torres", "PER", 0.7))
    desk = Desk(keys, live_server.url).open()
    desk.press("p", "x", "s", "1", "?", "Shift+P")
    assert (desk.drawn(), desk.focused()) == ([("Ana Torres", "PER")], "Ana Torres")
    desk.press("Alt+o")
    assert desk.drawn() == [("Ana Torres", "ORG")]
    expect(desk.tool("skip").locator("kbd")).to_have_text("Alt S")
