"""Every edit and decision from the keyboard."""

import pytest
from playwright.sync_api import expect

from annotator.models import Annotation
from tests.e2e.desk import Desk, decided, queue_title, surfaces

TEXT = "Marlow Vane and The Quiet Hours at Lantern Hall, Ghent"
PIECES = [("Marlow Vane", "PER", 0.58), ("Lantern Hall", "LOC", 0.97), ("Ghent", "LOC", 0.99)]
DRAWN = [("Marlow Vane", "PER"), ("Lantern Hall", "LOC"), ("Ghent", "LOC")]


@pytest.fixture
def card(desk: Desk) -> Desk:
    """One title on the desk."""
    queue_title(TEXT, *PIECES)
    return desk.open()


def settled(desk: Desk) -> tuple[str, list[tuple[str, str]]]:
    """The one verdict once it is saved: its action and what its spans cover."""
    desk.saved()
    [verdict] = decided()
    return verdict.action, surfaces(verdict)


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_review_accepts_what_is_drawn(card: Desk, key: str):
    card.press(key)
    card.empty()
    assert settled(card) == ("accept", DRAWN)
    assert [annotation.source for annotation in Annotation.objects.all()] == ["reviewed"]


def test_review_focuses_the_least_certain_span_first(card: Desk):
    card.shows(TEXT)
    assert (card.drawn(), card.focused()) == (DRAWN, "Marlow Vane")
    expect(card.part("speech")).to_have_text(
        f"{TEXT}. span 1 of 3: Marlow Vane, performer, 58 %, is new: an artist is added"
    )
    card.press("Tab")
    expect(card.part("speech")).to_have_text("span 2 of 3: Lantern Hall, place, 97 %")


def test_review_relabels_the_focused_span(card: Desk):
    card.press("o", "Space")
    assert settled(card) == ("correct", [("Marlow Vane", "ORG"), *DRAWN[1:]])


def test_review_removes_a_span_by_its_own_letter(card: Desk):
    card.press("p")
    assert (card.drawn(), card.focused()) == (DRAWN[1:], None)
    card.press("Space")
    assert settled(card) == ("correct", DRAWN[1:])


def test_review_label_changed_to_and_fro_is_an_accept(card: Desk):
    card.press("o", "p", "Space")
    assert settled(card) == ("accept", DRAWN)


def test_review_removing_every_span_says_nothing_here(card: Desk):
    card.press("p", "Tab", "l", "Tab", "Backspace", "Space")
    assert settled(card) == ("nothing", [])


def test_review_tab_walks_the_spans_and_then_leaves_the_title(card: Desk):
    card.press("Tab")
    assert card.focused() == "Lantern Hall"
    card.press("Tab")
    assert card.focused() == "Ghent"
    card.press("Shift+Tab")
    assert card.focused() == "Lantern Hall"
    card.press("Tab", "Tab")
    assert card.page.evaluate("document.activeElement.dataset.action") == "label_per"


def test_review_key_for_the_card_takes_the_focus_from_a_button(card: Desk):
    card.press("Tab", "Tab", "Tab")
    assert card.page.evaluate("document.activeElement.dataset.action") == "label_per"
    card.press("o", "Space")
    assert settled(card) == ("correct", [*DRAWN[:2], ("Ghent", "ORG")])


def test_review_arrows_walk_round_the_spans(card: Desk):
    card.press("ArrowLeft")
    assert card.focused() == "Ghent"
    card.press("ArrowRight")
    assert card.focused() == "Marlow Vane"


def test_review_adds_a_span_by_hints(card: Desk):
    card.press("Escape", "p")
    expect(card.page.locator(".hint")).to_have_count(10)
    expect(card.part("prompt")).to_contain_text("performer")
    card.press("d", "f")
    added = [DRAWN[0], ("The Quiet Hours", "PER"), *DRAWN[1:]]
    assert (card.drawn(), card.focused()) == (added, "The Quiet Hours")
    card.press("Space")
    assert settled(card) == ("correct", added)


@pytest.mark.parametrize("last", ["Enter", "e"])
def test_review_adds_a_span_of_one_word(card: Desk, last: str):
    card.press("Escape", "m", "e", last)
    assert card.drawn()[1] == ("Quiet", "MISC")


def test_review_adds_beside_a_focused_span_with_shift(card: Desk):
    card.press("Shift+M", "d", "f")
    assert card.drawn()[:2] == [DRAWN[0], ("The Quiet Hours", "MISC")]


def test_review_escape_leaves_hints_without_a_trace(card: Desk):
    card.press("Escape", "p", "d", "Space", "Escape")
    expect(card.page.locator(".hint")).to_have_count(0)
    assert card.drawn() == DRAWN
    card.press("Space")
    assert settled(card) == ("accept", DRAWN)


def test_review_an_added_span_cuts_what_it_overlaps(card: Desk):
    card.press("Escape", "m", "b", "d")
    assert card.drawn()[:2] == [("Marlow", "PER"), ("Vane and The", "MISC")]


@pytest.mark.parametrize("keys", [["]", "}"], ["Shift+ArrowDown", "Shift+ArrowRight"]])
def test_review_moves_both_edges_by_a_word(card: Desk, keys: list[str]):
    card.press(*keys)
    assert card.drawn()[0] == ("Vane and", "PER")
    card.press(*keys[1:], "Space")
    assert settled(card) == ("correct", [("Vane and The", "PER"), *DRAWN[1:]])


@pytest.mark.parametrize("keys", [["[", "{"], ["Shift+ArrowUp", "Shift+ArrowLeft"]])
def test_review_moves_both_edges_back_by_a_word(card: Desk, keys: list[str]):
    card.press("Tab", *keys)
    assert card.drawn()[1] == ("at Lantern", "LOC")


@pytest.mark.parametrize("keys", [["Alt+]", "Alt+Shift+{"], ["Alt+Shift+ArrowDown", "Alt+Shift+ArrowLeft"]])
def test_review_moves_both_edges_by_a_character(card: Desk, keys: list[str]):
    card.press(*keys, "Space")
    assert settled(card) == ("correct", [("arlow Van", "PER"), *DRAWN[1:]])


def test_review_edges_never_pass_each_other_or_the_ends(card: Desk):
    card.press("{", "{", "{", "]", "[", "[", "Alt+[")
    assert card.drawn()[0] == ("Marlow", "PER")


def test_review_an_edge_pushed_over_a_neighbour_joins_them(card: Desk):
    card.press("Tab", "}", "Space")
    assert settled(card) == ("correct", [DRAWN[0], ("Lantern Hall, Ghent", "LOC")])


def test_review_says_nothing_here(card: Desk):
    card.press("x")
    assert settled(card) == ("nothing", [])


def test_review_skips(card: Desk):
    card.press("s")
    assert settled(card) == ("skip", [])


def test_review_flags_with_a_comment(card: Desk):
    card.press("f")
    card.page.keyboard.type("two acts or one?")
    card.press("Enter")
    assert settled(card) == ("flag", [])
    assert [verdict.comment for verdict in decided()] == ["two acts or one?"]


def test_review_flag_escaped_flags_nothing(card: Desk):
    card.press("f")
    card.page.keyboard.type("xsu")
    card.press("Escape", "Space")
    assert settled(card) == ("accept", DRAWN)


def test_review_takes_one_of_the_n_best_readings(desk: Desk):
    band = [("Marlow Vane and The Quiet Hours", "PER", 0.41), *PIECES[1:]]
    queue_title(TEXT, *PIECES, others=[band, PIECES[1:]])
    desk.open().press("2")
    assert desk.drawn()[0] == ("Marlow Vane and The Quiet Hours", "PER")
    desk.press("3", "1", "2")
    expect(desk.page.locator(".reading-choice[aria-pressed=true] kbd")).to_have_text("2")
    desk.press("Space")
    assert settled(desk) == ("correct", [("Marlow Vane and The Quiet Hours", "PER"), *DRAWN[1:]])


def test_review_digits_need_no_shift_on_azerty(desk: Desk):
    queue_title(TEXT, *PIECES, others=[PIECES[1:]])
    desk.open()
    desk.page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'é', code: 'Digit2', bubbles: true, cancelable: true}))"
    )
    assert desk.drawn() == DRAWN[1:]


def test_review_keys_can_be_changed(desk: Desk, reviewer):
    reviewer.review_keys = {"accept": "a", "label_per": ["z"]}
    reviewer.save()
    queue_title(TEXT, *PIECES)
    desk.open().press("Space", "p")
    assert desk.drawn() == DRAWN
    desk.press("z", "a")
    assert settled(desk) == ("correct", DRAWN[1:])


def test_review_help_opens_and_takes_no_keys(card: Desk):
    card.press("?")
    expect(card.part("help")).to_be_visible()
    expect(card.part("keys").locator("tr").first).to_have_text("Space Enter Accept what is drawn")
    card.press("x", "s", "Escape")
    expect(card.part("help")).to_be_hidden()
    card.press("Space")
    assert settled(card) == ("accept", DRAWN)


def test_review_own_keys_come_before_the_given_ones(desk: Desk, reviewer):
    reviewer.review_keys = {"nothing": "p"}
    reviewer.save()
    queue_title(TEXT, *PIECES)
    desk.open().press("p")
    assert settled(desk) == ("nothing", [])


def test_review_leaves_the_browser_its_own_shortcuts(card: Desk):
    card.press("Control+p", "Control+x", "Meta+s")
    assert card.drawn() == DRAWN


def test_review_slash_goes_to_search(card: Desk):
    card.press("/")
    card.page.wait_for_url("**/titles/")
    assert decided() == []
