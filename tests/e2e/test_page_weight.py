"""What a first visit costs in production: bytes on the wire by kind, requests, elements, and whether anything moves while it loads."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.faults.composed import ComposedDesk
from tests.faults.servers import running_redis
from tests.processes import wait_until

PASSWORD = "a long pass phrase"
NO_PROXY = {"BEHIND_PROXY": "false", "SSL_REDIRECT": "false"}
# Bytes transferred, requests, elements. The goal for the review page is 150 kB.
BUDGETS = {
    "/review/": (150_000, 48, 800),
    "/sign-in/": (70_000, 12, 150),
    "/queue/": (90_000, 15, 800),
    "/quality/": (110_000, 15, 2500),
}
WATCH_SHIFTS = """
window.shifts = [];
const name = (node) => node && `${node.nodeName}.${node.className}`;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    window.shifts.push(`${entry.value.toFixed(4)}: ${entry.sources.map((one) => name(one.node)).join(", ")}`);
  }
})
  .observe({type: "layout-shift", buffered: true});
"""
KINDS = {
    "Document": "pages",
    "Stylesheet": "styles",
    "Script": "scripts",
    "Image": "pictures",
    "Fetch": "data",
    "XHR": "data",
}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposedDesk]:
    """The web process of production, static files compressed, with demo titles that the starter model has read."""
    home = tmp_path_factory.mktemp("production")
    with running_redis(home) as redis_url:
        desk = ComposedDesk(home / "desk", database_url=f"sqlite:///{home}/db.sqlite3", redis_url=redis_url)
        desk.run("web", "python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        desk.run("prepare", *desk.command("prepare"))
        for command in (
            ["load_demo"],
            ["tag_waiting"],
            ["createsuperuser", "--no-input", "--username", "ada", "--email", "a@desk.example"],
        ):
            desk.run("web", "python", "manage.py", *command, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        desk.start("web", **NO_PROXY)
        try:
            desk.wait_until_healthy("web")
            yield desk
        finally:
            desk.kill_all()


@pytest.fixture(scope="module")
def session(production: ComposedDesk, browser: Browser) -> dict:
    """Cookies of somebody who has signed in, in another window."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{production.port}/sign-in/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    state = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture
def visit(production: ComposedDesk, browser: Browser, session: dict) -> Iterator:
    contexts = []

    def open_page(path: str, *, width: int = 1280) -> tuple[Page, Counter, int]:
        """A first visit with an empty cache: the page, its bytes by kind, and the number of its requests."""
        known = None if path == "/sign-in/" else session
        context = browser.new_context(storage_state=known, viewport={"width": width, "height": 800})
        contexts.append(context)
        context.add_init_script(WATCH_SHIFTS)
        page = context.new_page()
        weigh = weighing(page)
        page.goto(f"http://127.0.0.1:{production.port}{path}", wait_until="networkidle")
        return page, *weigh()

    yield open_page
    for context in contexts:
        context.close()


def weighing(page: Page):
    """Counts from now on what comes over the wire, heads and bodies, as the browser's own tools do."""
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: Counter = Counter()
    tools.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    tools.on(
        "Network.loadingFinished", lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])})
    )

    def result() -> tuple[Counter, int]:
        weight: Counter = Counter()
        for request, size in sizes.items():
            weight[KINDS.get(kinds.get(request, ""), "other")] += size
        return weight, len(kinds)

    return result


@pytest.mark.parametrize("path", BUDGETS)
def test_a_first_visit_stays_within_its_budget(visit, path):
    page, weight, requests = visit(path)
    elements = page.evaluate("document.querySelectorAll('*').length")
    print(f"{path}: {weight.total()} bytes {dict(weight)}, {requests} requests, {elements} elements")  # noqa: T201
    assert page.url.endswith(path)
    most_bytes, most_requests, most_elements = BUDGETS[path]
    assert 5_000 < weight.total() <= most_bytes, weight
    assert requests <= most_requests
    assert elements <= most_elements


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", BUDGETS)
def test_nothing_moves_while_a_page_loads(visit, path, width):
    page, _, _ = visit(path, width=width)
    page.wait_for_timeout(500)
    assert page.evaluate("window.shifts") == []


def test_a_shift_would_be_seen(visit):
    """The watch works: something that pushes the page down counts, once the page has been painted."""
    page, _, _ = visit("/sign-in/")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<div>' + '<p>pushed down</p>'.repeat(8) + '</div>')")
    shifts = wait_until(lambda: page.evaluate("window.shifts"), seconds=10)
    assert float(shifts[0].partition(":")[0]) > 0


def test_the_second_visit_asks_for_no_style_and_no_script(visit, production):
    page, _, _ = visit("/review/")
    weigh = weighing(page)
    page.goto(f"http://127.0.0.1:{production.port}/queue/", wait_until="networkidle")
    page.goto(f"http://127.0.0.1:{production.port}/review/", wait_until="networkidle")
    weight, _ = weigh()
    assert weight["scripts"] + weight["styles"] < 10_000, weight


def test_review_shows_a_card(visit):
    page, _, _ = visit("/review/")
    assert page.locator("[data-card], .card").first.is_visible()


def test_static_files_are_stored_compressed(
    production: ComposedDesk, browser_name: str
):  # beside the others, on the same desk
    static = Path(production.environment("web")["STATIC_ROOT"])
    own = [
        path
        for path in static.rglob("*")
        if path.suffix in (".js", ".css") and path.parts[-2] in ("css", "js", "review")
    ]
    assert own
    assert [path for path in own if path.stat().st_size > 2_000 and not Path(f"{path}.gz").exists()] == []
