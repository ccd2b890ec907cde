"""Two people read the same title without seeing each other, and a lead settles what differs; a lead takes a held title over."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from annotator.enums import AnnotationSource, Band, QueueState
from annotator.models import Annotation, Lease, QueueItem, User, Verdict
from tests import factories
from tests.e2e.desk import Desk, queue_title, surfaces

TEXT = "Ana Torres and Bo Lind in Rome"


@pytest.fixture
def open_browser(
    browser: Browser, live_server: LiveServer, sign_in: Callable, browser_context_args: dict
) -> Iterator[Callable[[User], Desk]]:
    """A browser of its own for each person."""
    contexts: list[BrowserContext] = []

    def open_for(user: User) -> Desk:
        contexts.append(browser.new_context(**browser_context_args))
        sign_in(contexts[-1], user)
        return Desk(contexts[-1].new_page(), live_server.url)

    yield open_for
    for context in contexts:
        context.close()


def queue_low_title() -> QueueItem:
    prediction = queue_title(
        TEXT, ("Ana Torres", "PER", 0.7), ("Bo Lind", "PER", 0.6), ("Rome", "LOC", 0.9), confidence=0.3
    )
    QueueItem.objects.update(band=Band.LOW, opinions_needed=2)
    return prediction.title.queue_item


def test_two_readers_differ_and_a_lead_settles_it_by_one_key_for_each_difference(
    desk: Desk, reviewer: User, open_browser: Callable, live_server: LiveServer
):
    sam, lena = factories.make_user("sam"), factories.make_user("lena", role="lead")
    other, lead = open_browser(sam), open_browser(lena).page
    item = queue_low_title()

    desk.open().press("Space")
    desk.saved()
    desk.empty()
    assert not Annotation.objects.exists()

    other.open()
    assert other.drawn() == [("Ana Torres", "PER"), ("Bo Lind", "PER"), ("Rome", "LOC")]
    other.page.locator(".line .span", has_text="Bo Lind").click()
    other.press("o")
    other.page.locator(".line .span", has_text="Rome").click()
    other.press("l", "Space")
    other.saved()
    item.refresh_from_db()
    assert item.state == QueueState.ADJUDICATION

    lead.goto(f"{live_server.url}/adjudicate/")
    expect(lead.locator("[data-difference]")).to_have_count(2)
    assert not {"rosa", "sam"} & set(lead.locator("main").inner_text().split())
    sides = [verdict.pk for verdict in sorted(Verdict.objects.all(), key=lambda verdict: verdict.pk)]
    organisation = Verdict.objects.get(reviewer=sam).pk
    lead.keyboard.press(str(sides.index(organisation) + 1))
    lead.keyboard.press("Backspace")
    lead.keyboard.press(str(sides.index(organisation) + 1))
    lead.keyboard.press(str(2 - sides.index(organisation)))

    expect(lead.get_by_text("Nothing is in dispute")).to_be_visible()
    annotation = Annotation.objects.get()
    assert annotation.source == AnnotationSource.ADJUDICATED
    assert surfaces(annotation.verdict) == [("Ana Torres", "PER"), ("Bo Lind", "ORG"), ("Rome", "LOC")]
    assert {"rosa", "sam"} <= set(lead.locator("main").inner_text().split())

    lead.keyboard.press("u")
    expect(lead.locator("[data-difference]")).to_have_count(2)
    assert not Annotation.objects.exists()

    lead.keyboard.press("n")
    lead.keyboard.press("n")
    expect(lead.get_by_text("Nothing is in dispute")).to_be_visible()
    assert surfaces(Annotation.objects.get().verdict) == [("Ana Torres", "PER")]


def test_two_readers_who_agree_need_no_lead(desk: Desk, reviewer: User, open_browser: Callable):
    other = open_browser(factories.make_user("sam"))
    queue_low_title()
    desk.open().press("Space")
    desk.saved()
    other.open().press("Space")
    other.saved()

    assert Annotation.objects.get().source == AnnotationSource.AGREED


def test_a_lead_takes_a_title_over_and_reads_it_at_once(
    desk: Desk, reviewer: User, open_browser: Callable, live_server: LiveServer
):
    lena = factories.make_user("lena", role="lead", last_login=timezone.now())
    item = queue_low_title()
    desk.open()
    lead = open_browser(lena)

    lead.page.goto(f"{live_server.url}/titles/{item.title_id}/")
    expect(lead.page.get_by_text("held by rosa until")).to_be_visible()
    lead.page.get_by_role("button", name="Take over").click()
    lead.page.wait_for_selector("#review[data-ready]")

    lead.shows(TEXT)
    assert Lease.objects.get().reviewer == lena


def test_a_blind_card_shows_no_reading_and_space_settles_nothing_before_something_is_marked(desk: Desk):
    item = queue_low_title()
    QueueItem.objects.update(blind=True, opinions_needed=1)
    desk.open()
    desk.shows(TEXT)
    assert desk.drawn() == []
    expect(desk.part("blind")).to_be_visible()
    expect(desk.part("readings")).to_be_hidden()

    desk.press("Space", "Space")
    desk.shows(TEXT)
    desk.press("x")
    desk.saved()
    desk.empty()
    verdict = Verdict.objects.get(title=item.title_id)
    assert (verdict.action, verdict.blind) == ("nothing", True)
