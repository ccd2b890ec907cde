"""Offsets in the database are code points, whatever the browser counts in."""

import pytest

from tests.e2e.desk import Desk, decided, queue_title, surfaces

FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "piece", "keys", "expected"),
    [
        ("🎉🎉 Ana Torres 🎸 Lisbon", ("Ana", "PER", 0.5), ["}"], ("Ana Torres", "PER")),
        ("🎉🎉 Ana Torres 🎸 Lisbon", ("Ana Torres", "PER", 0.5), ["}"], ("Ana Torres 🎸", "PER")),
        (f"{FAMILY} night {FAMILY}", ("night", "MISC", 0.5), ["["], (f"{FAMILY} night", "MISC")),
        (f"Trio {FAMILY} live", ("Trio", "PER", 0.5), ["Alt+Shift+ArrowRight"], (f"Trio {FAMILY}", "PER")),
        ("M\u0308ova q\u0303z", ("M\u0308ova", "PER", 0.5), ["Alt+]"], ("ova", "PER")),
        ("東京スカ in 東京", ("東京", "LOC", 0.5), ["Alt+Shift+ArrowRight"], ("東京ス", "LOC")),
        ("حفلة نجوم الليل في بيروت", ("نجوم", "PER", 0.5), ["}"], ("نجوم الليل", "PER")),
        ("DJ 𝔛 & Ana", ("Ana", "ORG", 0.5), ["["], ("𝔛 & Ana", "ORG")),
    ],
)
def test_review_edges_keep_to_characters(desk: Desk, text: str, piece: tuple, keys: list[str], expected: tuple):
    queue_title(text, piece)
    desk.open().press(*keys)
    assert desk.drawn() == [expected]
    desk.press("Space")
    desk.saved()
    assert [surfaces(verdict) for verdict in decided()] == [[expected]]


def test_review_hints_behind_emoji_hit_the_right_words(desk: Desk):
    queue_title(f"🎉 {FAMILY} Ana Torres 🎸 Lisbon")
    desk.open().press("p", "c", "d", "Escape", "l", "f", "Enter", "Space")
    desk.saved()
    assert [surfaces(verdict) for verdict in decided()] == [[("Ana Torres", "PER"), ("Lisbon", "LOC")]]


def test_review_long_title_has_two_letters_a_hint(desk: Desk):
    words = [f"word{number}" for number in range(40)]
    queue_title(" ".join(words))
    desk.open().press("p", "b", "a", "b", "b", "Space")
    desk.saved()
    assert [surfaces(verdict) for verdict in decided()] == [[("word26 word27", "PER")]]


def test_review_markup_in_a_title_stays_text(desk: Desk):
    text = '<img src=x onerror=alert(1)> & "Ana" </script><!-- {{ left }}'
    queue_title(text, ("Ana", "PER", 0.5))
    desk.open().shows(text)
    desk.press("Space")
    desk.saved()
    assert [surfaces(verdict) for verdict in decided()] == [[("Ana", "PER")]]
