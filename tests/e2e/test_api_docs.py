"""The page that shows the API, under the desk's content security policy."""

import pytest
from playwright.sync_api import Page, expect

from annotator import taggers
from ner_core.engines.fake import FakeTagger
from tests.factories import make_model_version


@pytest.fixture
def elsewhere(watched: Page, live_server) -> list[str]:
    """Requests that leave the desk."""
    found: list[str] = []
    home = (live_server.url, "data:", "blob:")
    watched.on("request", lambda request: None if request.url.startswith(home) else found.append(request.url))
    return found


@pytest.fixture
def docs(watched: Page, live_server, elsewhere) -> Page:
    watched.goto(f"{live_server.url}/api/docs/")
    expect(watched.get_by_role("heading", name="Lineup Desk 1")).to_be_visible()
    return watched


def test_every_route_is_shown_and_nothing_is_fetched_from_elsewhere(docs, elsewhere):
    shown = docs.locator(".opblock-summary-path").all_inner_texts()

    assert [path.replace("\u200b", "") for path in shown[:3]] == [
        "/api/v1/predict",
        "/api/v1/batches",
        "/api/v1/batches/{batch_id}",
    ]
    assert len(shown) == 20
    assert elsewhere == []


def test_signed_in_staff_try_a_route_with_their_session(docs, sign_in, reviewer, live_server, monkeypatch):
    version = make_model_version()
    monkeypatch.setattr(taggers, "shared_tagger", lambda: FakeTagger(version.name))
    sign_in(docs.context, reviewer)
    docs.goto(f"{live_server.url}/api/docs/")

    docs.locator(".opblock-summary", has_text="Read titles").click()
    docs.get_by_role("button", name="Try it out").click()
    docs.get_by_role("button", name="Execute").click()

    answer = docs.locator(".live-responses-table .response-col_description").last
    expect(answer).to_contain_text('"lineup"')
    expect(docs.locator(".live-responses-table .response-col_status").last).to_contain_text("200")


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_colour_scheme(docs, scheme, dark):
    docs.emulate_media(color_scheme=scheme)

    # The browser tells the page of the change in its own time.
    expect(docs.locator("html.dark-mode")).to_have_count(1 if dark else 0)
