"""The pages around the review card, as a person meets them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from annotator.models import Artist, Batch, Title, User, WorkerHeartbeat
from tests.e2e.addresses import address

PAGES = [
    "/queue/",
    "/titles/",
    "/titles/flagged/",
    "/artists/",
    "/batches/",
    "/exports/",
    "/quality/",
    "/guidelines/",
    "/account/",
    "/account/keys/",
    "/webhooks/",
]
PHONE = {"width": 390, "height": 844}
PASSWORD = "a password for tests"

pytestmark = pytest.mark.usefixtures("working_desk")


@pytest.fixture
def desk_of_a_lead(page: Page, live_server: LiveServer, lead: User, sign_in: Callable) -> Page:
    sign_in(page.context, lead)
    page.set_default_timeout(10_000)
    return page


def test_sign_in_by_keyboard_and_out_again(page: Page, live_server: LiveServer, lead: User):
    page.goto(f"{live_server.url}/queue/")
    page.keyboard.type("lena")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/queue/")
    expect(page.locator("#health")).to_have_text("Working")
    page.get_by_role("button", name="lena").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{live_server.url}/sign-in/")


def test_sign_in_page_speaks_the_chosen_language(page: Page, live_server: LiveServer):
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_role("button", name="Nederlands").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page.get_by_role("button", name="Nederlands")).to_have_attribute("aria-current", "true")


def test_first_key_leads_past_the_menu(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/queue/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_the_bar_of_a_lead_fits_in_every_width(
    desk_of_a_lead: Page, live_server: LiveServer, lead: User, language: str
):
    User.objects.filter(pk=lead.pk).update(language=language, first_name="Maria-Theresia")
    page = desk_of_a_lead
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page.goto(f"{live_server.url}/guidelines/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    for width in (1440, 1280, 1249, 1000, 500):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        tall = "[...document.querySelectorAll('#nav a')].filter((link) => link.offsetHeight > 40).length"
        assert page.evaluate(tall) == 0


def test_menu_opens_at_phone_width_and_marks_the_page(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/titles/")
    expect(page.get_by_role("link", name="Batches")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation").get_by_role("link", name="Titles")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Batches").click()
    expect(page).to_have_url(f"{live_server.url}/batches/")


def test_worker_that_goes_down_is_told_without_a_reload(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/queue/")
    expect(page.get_by_text("worker@desk")).to_be_visible()
    WorkerHeartbeat.objects.all().delete()
    expect(page.get_by_text("New titles are not tagged and exports wait.")).to_be_visible(timeout=9000)


def test_titles_are_found_while_typing_and_the_way_back_works(
    desk_of_a_lead: Page, live_server: LiveServer, some_work: Title
):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/titles/")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Text").fill("casa")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("#count")).to_have_text("1 title")
    assert "text=casa" in page.url
    page.locator("tbody a").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_label("Text")).to_have_value("casa")


def test_artists_are_found_while_typing_and_confirmed(desk_of_a_lead: Page, live_server: LiveServer, some_work: Title):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/artists/")
    page.get_by_label("Name").press_sequentially("jörn")
    page.get_by_role("link", name="Jorn Falk").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Artist.objects.get().state == "confirmed"


def test_file_is_uploaded_tagged_and_its_bad_rows_come_back(
    desk_of_a_lead: Page, live_server: LiveServer, tmp_path: Path
):
    page = desk_of_a_lead
    file = tmp_path / "autumn.csv"
    file.write_bytes(b"id,title\n1,Ana Torres in Rome\n2,\n3,Fado in Porto\n")
    page.goto(f"{live_server.url}/batches/")
    page.set_input_files("#id_file", file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_text("2 of 2")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rejected rows").click()
    assert download.value.suggested_filename == "autumn.rejects.csv"
    assert "3,empty," in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_file_can_be_dropped(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/batches/")
    data = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['Ana in Rome\\n'], 'dropped.txt')); return data; }"
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": data})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="dropped.txt")).to_be_visible()
    assert Batch.objects.get().occurrences.count() == 1


def test_file_that_is_too_large_is_not_even_sent(desk_of_a_lead: Page, live_server: LiveServer, settings):
    settings.UPLOAD_MAX_BYTES = 10
    page = desk_of_a_lead
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{live_server.url}/batches/")
    page.set_input_files("#id_file", {"name": "big.txt", "mimeType": "text/plain", "buffer": b"x" * 11})
    expect(page.get_by_text("This file is larger than 10\xa0bytes, the limit.")).to_be_visible()
    page.get_by_role("button", name="Upload").click()
    page.wait_for_timeout(300)
    assert sent == []


def test_file_of_another_kind_is_refused_in_its_place(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/batches/")
    page.get_by_label("Titles, one a line").fill("kept while the other form answers")
    page.set_input_files("#id_file", {"name": "titles.pdf", "mimeType": "application/pdf", "buffer": b"x"})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("“titles.pdf” is not a .txt, .csv or .jsonl file.")).to_be_visible()
    expect(page.get_by_label("Titles, one a line")).to_have_value("kept while the other form answers")


def test_pasted_titles_wait_for_review(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/batches/")
    page.get_by_label("Titles, one a line").fill("Ana Torres in Rome\nFado in Porto")
    page.get_by_role("button", name="Add titles").click()
    page.get_by_role("link", name="See the titles").click()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_export_is_started_and_downloaded(desk_of_a_lead: Page, live_server: LiveServer, some_work: Title):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/exports/")
    page.get_by_label("Format").select_option("conll")
    page.get_by_role("button", name="Start the export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"lineup-[0-9a-f]{12}\.conll", download.value.suggested_filename)
    assert "Falk" in Path(download.value.path()).read_text(encoding="utf8")


def test_token_is_made_and_shown(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/account/")
    page.locator("#tokens").get_by_label("Name").fill("Ticket site")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_label("The new token")).to_be_in_viewport()
    assert page.get_by_label("The new token").inner_text().startswith("lud_")


def test_server_that_is_gone_is_told_and_forgotten_when_it_is_back(desk_of_a_lead: Page, live_server: LiveServer):
    page = desk_of_a_lead
    page.goto(f"{live_server.url}/queue/")
    page.context.set_offline(True)
    expect(page.get_by_text("The desk does not answer. Trying again.")).to_be_visible(timeout=9000)
    page.context.set_offline(False)
    expect(page.locator("#notice")).to_be_empty(timeout=9000)


@pytest.mark.parametrize("path", ["/sign-in/", *PAGES, "title", "artist", "batch", "webhook"])
def test_page_fits_a_phone_and_says_nothing_to_the_console(
    watched: Page, live_server: LiveServer, lead: User, sign_in: Callable, some_work: Title, path: str
):
    if path != "/sign-in/":
        sign_in(watched.context, lead)
    watched.set_viewport_size(PHONE)
    foreign: list[str] = []
    watched.on(
        "request", lambda request: None if request.url.startswith(live_server.url) else foreign.append(request.url)
    )
    response = watched.goto(live_server.url + address(path, some_work))
    assert response.status == 200
    watched.wait_for_load_state("networkidle")
    assert watched.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert foreign == []
