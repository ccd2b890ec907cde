"""Which artist a performer is: shown with the card, chosen with K, found or made in the dialog."""

from playwright.sync_api import Route, expect

from annotator.enums import ArtistState, LinkHow
from annotator.models import Alias, Artist, Mention
from tests.e2e.desk import Desk, queue_title
from tests.factories import make_artist


def link(desk: Desk):
    return desk.part("link-words")


def mention() -> tuple[str, str, str]:
    found = Mention.objects.select_related("artist").get()
    return found.artist.name, found.artist.note, found.how


def test_review_links_show_what_is_known_new_and_doubtful(desk: Desk):
    make_artist("Nova Star")
    make_artist("Arsenal", note="football club")
    make_artist("Arsenal", note="band")
    queue_title(
        "Nova Star with Arsenal and Kid Orbit",
        ("Nova Star", "PER", 0.5),
        ("Arsenal", "PER", 0.6),
        ("Kid Orbit", "PER", 0.7),
    )
    desk.open()
    expect(link(desk)).to_have_text("✓ is Nova Star")
    desk.press("ArrowRight")
    expect(link(desk)).to_have_text("? is Arsenal (football club), or Arsenal (band)?")
    desk.press("ArrowRight")
    expect(link(desk)).to_have_text("+ is new: an artist is added")
    assert desk.page.locator(".tag-link").all_text_contents() == ["✓", "?", "+"]
    desk.press("l")
    expect(desk.part("link")).to_be_hidden()


def test_review_links_take_the_next_artist_with_one_key_and_back_with_undo(desk: Desk):
    make_artist("Arsenal", note="football club")
    make_artist("Arsenal", note="band")
    queue_title("Arsenal in Paris", ("Arsenal", "PER", 0.5))
    desk.open()
    expect(link(desk)).to_contain_text("football club")
    desk.press("k")
    expect(link(desk)).to_have_text("✓ is Arsenal (band), as you chose")
    desk.press("u")
    expect(link(desk)).to_have_text("? is Arsenal (football club), or Arsenal (band)?")
    desk.press("k", "Space")
    desk.saved()
    assert mention() == ("Arsenal", "band", LinkHow.PERSON)


def test_review_links_offer_a_near_name_and_keep_the_spelling_as_an_alias(desk: Desk):
    make_artist("Metallica", state=ArtistState.CONFIRMED)
    queue_title("Metalica live", ("Metalica", "PER", 0.5))
    desk.open()
    expect(link(desk)).to_have_text("? is a new artist, or Metallica?")
    desk.press("k", "Space")
    desk.saved()
    assert mention() == ("Metallica", "", LinkHow.PERSON)
    assert Alias.objects.get().name == "Metalica"


def test_review_links_find_an_artist_by_typing(desk: Desk):
    make_artist("Chelsea Wolfe")
    queue_title("C. Wolfe solo", ("C. Wolfe", "PER", 0.5))
    desk.open()
    expect(link(desk)).to_contain_text("is new")
    desk.press("k")
    dialog = desk.part("link-dialog")
    expect(dialog).to_be_visible()
    desk.page.keyboard.type("wolfe")
    expect(dialog.get_by_role("option").first).to_contain_text("Chelsea Wolfe")
    desk.press("Enter")
    expect(dialog).to_be_hidden()
    expect(link(desk)).to_have_text("✓ is Chelsea Wolfe, as you chose")
    desk.press("Space")
    desk.saved()
    assert mention() == ("Chelsea Wolfe", "", LinkHow.PERSON)


def test_review_links_make_a_second_artist_of_a_name_only_with_a_note(desk: Desk):
    make_artist("Europe", note="band")
    queue_title("Europe", ("Europe", "PER", 0.5))
    desk.open()
    expect(link(desk)).to_have_text("✓ is Europe (band)")
    desk.press("Shift+K")
    dialog = desk.part("link-dialog")
    expect(dialog.get_by_role("option")).to_have_count(2)
    desk.press("ArrowUp", "Enter")
    expect(dialog).to_be_visible()
    expect(desk.part("link-note")).to_be_focused()
    desk.page.keyboard.type("choir")
    desk.press("Enter")
    expect(dialog).to_be_hidden()
    desk.press("Space")
    desk.saved()
    assert mention() == ("Europe", "choir", LinkHow.PERSON)
    assert Artist.objects.count() == 2


def test_review_links_keep_what_was_pointed_at_when_the_answer_comes_late(desk: Desk):
    make_artist("Europe", note="band")
    make_artist("European Jazz Trio")
    queue_title("Europe", ("Europe", "PER", 0.5))
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    desk.page.route("**/review/artists/**", hold)
    desk.open()
    expect(link(desk)).to_have_text("✓ is Europe (band)")
    with desk.page.expect_request("**/review/artists/**"):
        desk.press("Shift+K")
    desk.press("ArrowUp", "Enter")
    expect(desk.part("link-note")).to_be_focused()
    desk.page.keyboard.type("choir")
    waiting[0].continue_()
    expect(desk.part("link-dialog").get_by_role("option")).to_have_count(3)
    expect(desk.part("link-dialog").get_by_role("option", selected=True)).to_have_text("New artist: Europe")
    desk.press("Enter", "Space")
    desk.saved()
    assert mention() == ("Europe", "choir", LinkHow.PERSON)


def test_review_links_dialog_leaves_the_card_as_it_was_on_escape(desk: Desk):
    make_artist("Nova Star")
    queue_title("Nova Star", ("Nova Star", "PER", 0.5))
    desk.open()
    expect(link(desk)).to_have_text("✓ is Nova Star")
    desk.press("Shift+K")
    expect(desk.part("link-dialog")).to_be_visible()
    desk.press("Escape")
    expect(desk.part("link-dialog")).to_be_hidden()
    desk.press("Space")
    desk.saved()
    assert mention() == ("Nova Star", "", LinkHow.KEY)


def test_review_links_ask_nothing_while_a_span_is_added(desk: Desk):
    queue_title("Nova Star", ("Nova Star", "PER", 0.5))
    desk.open()
    expect(link(desk)).to_contain_text("is new")
    desk.press("Shift+P")
    expect(desk.part("link")).to_be_hidden()
    expect(desk.part("link-dialog")).to_be_hidden()
