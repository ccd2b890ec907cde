"""Every page and every state of the review card holds WCAG 2.2, levels A and AA, as far as axe-core can tell: light, dark, at phone width.

axe is put into the page from outside (page.evaluate), so the pages keep their content security policy.
"""

from collections.abc import Callable
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotator.domain.review import record_verdict
from annotator.domain.surfaces import index_predictions
from annotator.enums import Action, Band
from annotator.models import QueueItem, Title, User
from annotator.web.views import titles
from tests import factories
from tests.e2e.addresses import address
from tests.e2e.desk import Desk, queue_title

LEVELS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}}
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
LOOKS = [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE)]
PAGES = [
    "/queue/", "/titles/", "/titles/flagged/", "/titles/skipped/", "/titles/bulk/",
    "/artists/", "/artists/care/", "/batches/", "/exports/", "/quality/", "/models/", "/guidelines/", "/account/",
    "/account/keys/", "/titles/?text=nothing+like+it", "/artists/?text=nothing+like+it", "title", "artist", "batch",
    "/webhooks/", "webhook", "/audit/",
]  # fmt: skip

pytestmark = pytest.mark.usefixtures("working_desk")


@pytest.fixture
def lead_page(page: Page, live_server: LiveServer, lead: User, sign_in: Callable) -> Page:
    sign_in(page.context, lead)
    page.set_default_timeout(10_000)
    return page


def problems(page: Page) -> list[str]:
    """Each element that breaks a rule of axe, in each look of the page."""
    return [line for scheme, size in LOOKS for line in _look(page, scheme, size)]


def _look(page: Page, scheme: str, size: dict[str, int]) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    broken = Axe().run(page, options=LEVELS).response["violations"]
    return [
        f"{scheme} {size['width']}: {node['failureSummary'].splitlines()[-1].strip()} {node['html']}"
        for rule in broken
        for node in rule["nodes"]
    ]


def flag_one(lead: User) -> None:
    item = factories.make_queue_item()
    record_verdict(
        title_id=item.title_id, reviewer=lead, verdict_id=uuid4(), action=Action.FLAG, comment="two names or one?"
    )


@pytest.mark.parametrize("path", PAGES)
def test_page_holds_wcag(lead_page: Page, live_server: LiveServer, lead: User, some_work: Title, path: str):
    flag_one(lead)
    assert lead_page.goto(live_server.url + address(path, some_work)).status == 200
    lead_page.wait_for_load_state("networkidle")
    assert problems(lead_page) == []


def test_history_with_a_kept_doubt_holds_wcag(lead_page: Page, live_server: LiveServer, lead: User, some_work: Title):
    override = {"code": "two_acts", "start": 0, "end": 10, "reason": "one act"}
    record_verdict(title_id=some_work.pk, reviewer=lead, verdict_id=uuid4(), action=Action.ACCEPT, overrides=[override])
    lead_page.goto(f"{live_server.url}/titles/{some_work.pk}/")
    assert (lead_page.locator("q").text_content(), problems(lead_page)) == ("one act", [])


def test_sign_in_holds_wcag(page: Page, live_server: LiveServer):
    page.goto(f"{live_server.url}/sign-in/")
    empty = problems(page)
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector(".errors, [role=alert]")
    assert (empty, problems(page)) == ([], [])


def test_keys_page_that_refuses_holds_wcag(lead_page: Page, live_server: LiveServer):
    lead_page.goto(f"{live_server.url}/account/keys/")
    lead_page.get_by_label("Undo", exact=True).fill("x")
    lead_page.get_by_role("button", name="Save the keys").click()
    lead_page.wait_for_selector(".errors")
    lead_page.get_by_role("button", name="Press a key for: Skip").click()
    assert problems(lead_page) == []


@pytest.fixture
def card(lead_page: Page, live_server: LiveServer) -> Desk:
    """A card with three readings, a doubt and two titles ahead."""
    pieces = [("Ana Torres & Rui Sá", "PER", 0.55), ("Casa da Luz", "LOC", 0.8), ("12/03", "DATE", 0.99)]
    queue_title(
        "Ana Torres & Rui Sá @ Casa da Luz 12/03", *pieces, confidence=0.2, others=[pieces[1:], [("12/03", "DATE")]]
    )
    for number in range(3):
        queue_title(f"Stage {number} with Mia Lind", ("Mia Lind", "ORG", 0.7))
    return Desk(lead_page, live_server.url).open()


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("Escape",),  # no span in focus
        ("Space",),  # a doubt under the card
        ("Shift+M",),  # letters under the words
        ("Shift+M", "a"),
        ("f",),  # the comment of a flag
        ("?",),  # keys and guidelines
        ("Space", "Space", "m"),  # the next card, relabelled
    ],
    ids=" ".join,
)
def test_review_card_holds_wcag(card: Desk, keys: tuple[str, ...]):
    card.press(*keys)
    assert problems(card.page) == []


def test_review_without_titles_holds_wcag(lead_page: Page, live_server: LiveServer):
    Desk(lead_page, live_server.url).open().empty()
    assert problems(lead_page) == []


def test_review_that_cannot_save_holds_wcag(card: Desk):
    """Signed out meanwhile: the banner; a verdict that waits: the red dot."""
    card.page.context.clear_cookies()
    card.press("s")
    card.page.wait_for_selector('[data-part="banner"]:not([hidden])')
    card.page.wait_for_selector('[data-part="save"][data-state="unsaved"]')
    assert problems(card.page) == []


def test_page_that_is_not_there_holds_wcag(lead_page: Page, live_server: LiveServer):
    assert lead_page.goto(f"{live_server.url}/nothing/here/").status == 404
    assert problems(lead_page) == []


def test_page_for_leads_holds_wcag_for_reviewers(
    page: Page, live_server: LiveServer, reviewer: User, sign_in: Callable
):
    sign_in(page.context, reviewer)
    assert page.goto(f"{live_server.url}/batches/").status == 403
    assert problems(page) == []


def test_page_that_breaks_holds_wcag(
    lead_page: Page, live_server: LiveServer, some_work: Title, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(titles, "title_history", None)
    assert lead_page.goto(f"{live_server.url}/titles/{some_work.pk}/").status == 500
    assert problems(lead_page) == []


def dispute(text: str) -> None:
    """Two reviewers who read the title differently, so that a lead decides."""
    item = queue_title(text, ("Ana Torres", "PER", 0.6), ("Rome", "LOC", 0.9), confidence=0.3).title.queue_item
    QueueItem.objects.filter(pk=item.pk).update(band=Band.LOW, opinions_needed=2)
    for action in (Action.ACCEPT, Action.NOTHING):
        person = factories.make_user()
        record_verdict(title_id=item.title_id, reviewer=person, verdict_id=uuid4(), action=action)


def test_adjudication_holds_wcag_before_and_after(lead_page: Page, live_server: LiveServer):
    dispute("Ana Torres in Rome")
    lead_page.goto(f"{live_server.url}/adjudicate/")
    expect(lead_page.locator("[data-difference]")).to_have_count(2)
    before = problems(lead_page)
    lead_page.keyboard.press("1")
    lead_page.keyboard.press("n")
    expect(lead_page.get_by_text("Nothing is in dispute")).to_be_visible()
    assert (before, problems(lead_page)) == ([], [])


def test_blind_card_holds_wcag(lead_page: Page, live_server: LiveServer):
    queue_title("Ana Torres in Rome", ("Ana Torres", "PER", 0.6))
    QueueItem.objects.update(blind=True)
    desk = Desk(lead_page, live_server.url).open()
    expect(desk.part("blind")).to_be_visible()
    assert problems(lead_page) == []


def test_group_card_holds_wcag(lead_page: Page, live_server: LiveServer):
    boston = ("Boston", "PER", 0.42)
    index_predictions([queue_title(f"Boston {rank}", boston, confidence=0.4 + rank / 100) for rank in range(3)])
    desk = Desk(lead_page, live_server.url).open()
    desk.press("l", "Space")
    expect(desk.part("offer")).to_be_visible()
    offered = problems(lead_page)
    desk.press("g")
    expect(desk.part("group")).to_be_visible()
    assert (offered, problems(lead_page)) == ([], [])


def submit_sign_in(page: Page) -> int:
    with page.expect_response("**/sign-in/") as answer:
        page.get_by_label("Password").fill("wrong")
        page.get_by_label("Username").fill("lena")
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    return answer.value.status


def test_request_that_is_too_large_holds_wcag(page: Page, live_server: LiveServer, settings: LazySettings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    page.goto(f"{live_server.url}/sign-in/")
    assert (submit_sign_in(page), problems(page)) == (400, [])


def test_form_of_an_earlier_session_holds_wcag(page: Page, live_server: LiveServer):
    page.goto(f"{live_server.url}/sign-in/")
    page.context.clear_cookies()
    assert (submit_sign_in(page), problems(page)) == (403, [])


def test_account_that_is_paused_holds_wcag(page: Page, live_server: LiveServer, lead: User, settings: LazySettings):
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 1
    page.goto(f"{live_server.url}/sign-in/")
    assert (submit_sign_in(page), problems(page)) == (429, [])
