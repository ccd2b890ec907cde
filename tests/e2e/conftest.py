"""A real browser against a live server: Debian's Chromium, driven by Playwright."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from annotator import taggers
from annotator.models import Title, User, WorkerHeartbeat
from annotator.web.health import memory
from ner_core.engines.fake import FakeTagger
from tests import factories
from tests.e2e.desk import Desk
from tests.factories import spans_of

# Playwright runs an event loop in this thread; Django would refuse every query of the tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session", autouse=True)
def chromium() -> str:
    """Without a browser these tests are skipped aloud; under CI=true that is a failure."""
    if CHROMIUM:
        return CHROMIUM
    message = "NO BROWSER: the tests in tests/e2e need chromium (apt-get install chromium)"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, object]:
    return {"executable_path": chromium, "args": SWITCHES}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, object]:
    return {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}


@pytest.fixture
def reviewer(transactional_db: None) -> User:
    return factories.make_user("rosa")


@pytest.fixture
def sign_in(live_server: LiveServer) -> Callable[[BrowserContext, User], None]:
    """Gives a browser the session of a user, without the sign-in page."""

    def give_session(context: BrowserContext, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    return give_session


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page whose JavaScript errors and refused contents (CSP) fail the test; a server that cannot be reached is not an error here."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"{error.message}\n{error.stack}"))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    assert [text for text in complaints if not re.search(r"net::ERR_|status of 40[13]|status of 50", text)] == []


@pytest.fixture
def desk(live_server: LiveServer, watched: Page, reviewer: User, sign_in: Callable) -> Desk:
    """The review page of a signed-in reviewer, not opened yet: the test queues its titles first."""
    sign_in(watched.context, reviewer)
    return Desk(watched, live_server.url)


@pytest.fixture
def working_desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that answers at once with the fake tagger."""
    model_version = factories.make_model_version()
    monkeypatch.setattr(taggers, "active_tagger", lambda: (FakeTagger(version=model_version.name), model_version))
    WorkerHeartbeat.objects.create(hostname="worker@desk", seen_at=timezone.now())
    memory.clear()


@pytest.fixture
def lead(transactional_db: None) -> User:
    return factories.make_user("lena", role="lead")


@pytest.fixture
def some_work(transactional_db: None) -> Title:
    """A waiting and a settled title with their artists, and somebody who is to be told."""
    title = factories.make_title("Ana Torres + Rui Sá @ Casa da Música, Porto 12/03")
    pieces = [
        ("Ana Torres", "PER", 0.9),
        ("Rui Sá", "PER", 0.5),
        ("Casa da Música", "LOC", 0.8),
        ("12/03", "DATE", 0.99),
    ]
    factories.make_queue_item(prediction=factories.make_prediction(title, spans=spans_of(title.text, *pieces)))
    factories.make_occurrence(title)
    factories.make_webhook()
    settled = factories.make_title("Jorn Falk live | Radio Nord presents")
    factories.make_annotation(settled, spans=spans_of(settled.text, ("Jorn Falk", "PER"), ("Radio Nord", "ORG")))
    return title
