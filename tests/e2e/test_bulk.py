"""A lead does one thing to many titles, as a person does it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotator.models import Annotation, QueueItem, User
from tests import factories
from tests.e2e.desk import queue_many


@pytest.fixture
def lead(transactional_db: None) -> User:
    return factories.make_user("lena", role="lead")


@pytest.fixture
def titles(watched: Page, live_server: LiveServer, lead: User, sign_in: Callable) -> Page:
    queue_many(5)
    sign_in(watched.context, lead)
    watched.goto(f"{live_server.url}/titles/")
    return watched


def test_titles_are_accepted_in_bulk_by_keyboard_and_taken_back(titles: Page):
    page = titles
    boxes = page.get_by_role("checkbox", name="Choose “Stage")
    expect(boxes).to_have_count(5)
    expect(page.get_by_role("button", name="Accept the model's reading")).to_be_disabled()
    boxes.first.focus()
    page.keyboard.press("Space")
    for _link_then_box in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("[data-chosen]")).to_have_text("Chosen: 2")
    page.get_by_role("button", name="Accept the model's reading").press("Enter")
    expect(page.get_by_text("2 titles accepted.")).to_be_visible()
    assert [annotation.source for annotation in Annotation.objects.all()] == ["reviewed"] * 2
    expect(boxes).to_have_count(3)
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Taken back: 2 titles.")).to_be_visible()
    expect(boxes).to_have_count(5)
    assert not Annotation.objects.exists()


def test_the_page_a_range_and_everything_that_matches_can_be_chosen(titles: Page, reviewer: User):
    page = titles
    page.reload()
    boxes = page.get_by_role("checkbox", name="Choose “Stage")
    chosen = page.locator("[data-chosen]")
    page.get_by_role("checkbox", name="Choose all on this page").check()
    expect(chosen).to_have_text("Chosen: 5")
    page.get_by_role("checkbox", name="Choose all on this page").uncheck()
    expect(chosen).to_have_text("Nothing chosen")
    boxes.nth(1).check()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(chosen).to_have_text("Chosen: 3")
    page.get_by_label("Text").fill("003")
    expect(boxes).to_have_count(1)
    expect(chosen).to_have_text("Nothing chosen")
    page.get_by_role("checkbox", name="all that match").check()
    page.get_by_role("combobox", name="For").select_option(label="for rosa")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("1 title assigned to rosa.")).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("003")
    [item] = QueueItem.objects.filter(assigned_to=reviewer)
    assert item.title.text == "Stage 003 with Ana Torres"
