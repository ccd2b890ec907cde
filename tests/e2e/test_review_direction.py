"""Titles with marks that turn the direction of writing: they stay inside their own line, and nothing else of the page is turned."""

import pytest
from playwright.sync_api import expect

from tests.e2e.desk import Desk, decided, queue_title, surfaces
from tests.factories import make_artist

TURNED = ["\u202eAna Torres in Rome", "\u2067\u202eAna Torres in Rome", "\u2069\u2069\u202eAna Torres in Rome"]
# Left edges of the parts of the page that stand beside a title, by what they are.
LEFT = """() => Object.fromEntries(
    [".tag b", ".tag .tag-link", ".reading-choice .reading", ".reading-choice .reading-share", ".tools [data-action]"]
        .map((found) => [found, [...document.querySelectorAll(found)].map((part) => part.getBoundingClientRect().left)]))"""


@pytest.mark.parametrize("text", TURNED)
def test_review_title_that_turns_the_direction_turns_nothing_beside_it(desk: Desk, text: str):
    make_artist("Ana Torres")
    others = [[("Ana", "PER")], [("Torres", "PER")]]
    queue_title(text, ("Ana Torres", "PER", 0.5), confidence=0.4, others=others)
    queue_title("Ana Torres in Rome", ("Ana Torres", "PER", 0.5), confidence=0.5, others=others)
    desk.open().shows(text)
    left = desk.page.evaluate(LEFT)
    assert all(letter < sign for letter, sign in zip(left[".tag b"], left[".tag .tag-link"], strict=True))
    readings, shares = left[".reading-choice .reading"], left[".reading-choice .reading-share"]
    assert len(readings) == 3
    assert all(reading < share for reading, share in zip(readings, shares, strict=True))
    tools = left[".tools [data-action]"]
    desk.press("Space")
    desk.saved()
    desk.shows("Ana Torres in Rome")
    assert desk.page.evaluate(LEFT)[".tools [data-action]"] == tools
    assert [surfaces(verdict) for verdict in decided()] == [[("Ana Torres", "PER")]]


def test_review_sentence_about_an_artist_is_not_turned_by_its_note(desk: Desk):
    make_artist("Arsenal", note="\u202efootball\u2066 club")
    make_artist("Arsenal", note="ba\u202end")
    queue_title("Arsenal in Paris", ("Arsenal", "PER", 0.5))
    desk.open()
    expect(desk.part("link-words")).to_have_text("? is Arsenal (football club), or Arsenal (band)?")
