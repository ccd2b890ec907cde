"""Server and worker are killed between a reviewer's key and its confirmation: every verdict is there once."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.checkpoints import build_tiny_checkpoint
from tests.e2e.desk import Desk
from tests.faults.desk import TaggingDesk
from tests.processes import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads processes as Linux shows them"),
]

WAITING = 30
SECONDS = 60_000  # ms; a server that starts again on a busy machine
VERDICTS = "**/review/verdicts/"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaggingDesk]:
    """All that `make run` starts, and titles of which the model is never sure."""
    home = tmp_path_factory.mktemp("killed")
    running = TaggingDesk(home / "var", build_tiny_checkpoint(home / "starter"), BAND_HIGH="1.0", BAND_MIDDLE="0.999")
    running.open()
    yield running
    running.stop()


@pytest.fixture
def desk(machine: TaggingDesk, watched: Page, tmp_path: Path) -> Desk:
    """The review page of the first administrator, with titles that nobody has read."""
    bring_titles(machine, tmp_path)
    user, password = (
        line.split(": ")[1] for line in (machine.var_dir / "first-sign-in.txt").read_text().split("\n")[:2]
    )
    desk = Desk(watched, f"http://127.0.0.1:{machine.port}")
    watched.goto(f"{desk.url}/sign-in/")
    watched.get_by_label("Name").fill(user)
    watched.locator("input[type=password]").fill(password)
    watched.keyboard.press("Enter")
    watched.wait_for_selector("#review[data-ready]")
    return desk


def bring_titles(machine: TaggingDesk, directory: Path) -> None:
    path, had = directory / "titles.txt", machine.count("queueitem")
    path.write_text("\n".join(f"Ana Torres, evening {number}" for number in range(had, had + WAITING)))
    machine.manage("import_titles", str(path))
    try:
        wait_until(lambda: machine.count("queueitem") == had + WAITING, seconds=90)
    except AssertionError:
        print(machine.output[-8000:])  # noqa: T201  what the desk did instead
        raise


def stored(machine: TaggingDesk) -> int:
    return machine.count("verdict", "action = 'nothing'")


def saved(desk: Desk) -> None:
    expect(desk.part("save")).to_have_attribute("data-state", "saved", timeout=SECONDS)


def before_it_arrives(machine: TaggingDesk, route: Route) -> None:
    machine.kill("gunicorn")
    route.continue_()


def after_it_is_stored(machine: TaggingDesk, route: Route) -> None:
    route.fetch()
    machine.kill("gunicorn")
    route.abort()


@pytest.mark.parametrize("kill", [before_it_arrives, after_it_is_stored])
def test_server_killed_between_key_and_confirmation_loses_and_doubles_nothing(
    machine: TaggingDesk, desk: Desk, kill: Callable[[TaggingDesk, Route], None]
):
    had = stored(machine)
    first = machine.living("gunicorn")
    desk.page.route(VERDICTS, lambda route: kill(machine, route), times=1)
    desk.press(*["x"] * 6)
    expect(desk.part("done")).to_contain_text("6")
    saved(desk)
    assert stored(machine) == had + 6
    assert machine.query("select count(*) from annotator_verdict group by title_id having count(*) > 1") == []
    assert machine.living("gunicorn") != first


def test_worker_and_broker_killed_hold_up_no_verdict_and_work_goes_on(machine: TaggingDesk, desk: Desk, tmp_path: Path):
    had = stored(machine)
    desk.press("x", "x")
    for word in ("celery", "valkey-server"):
        machine.kill(word)
    desk.press(*["x"] * 4)
    saved(desk)
    assert stored(machine) == had + 6
    bring_titles(machine, tmp_path)
