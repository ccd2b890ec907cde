"""What docker-compose.yml starts, started without containers on real PostgreSQL and Redis: it works, and it ends in its time."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery

from tests.containers import own_services, seconds
from tests.faults.composed import EXAMPLE, ComposedDesk
from tests.faults.servers import running_postgres, running_redis
from tests.faults.visitor import Visitor
from tests.processes import wait_until
from tests.receivers import Receiver, running_receiver

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads processes as Linux shows them"),
]

LASTING = ("web", "worker", "files", "trainer", "beat")
ROWS = 40


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "redis").mkdir()
    with running_redis(tmp_path / "redis") as url:
        yield url


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def desk(tmp_path: Path, redis_url: str) -> Iterator[ComposedDesk]:
    (tmp_path / "desk").mkdir()
    with running_postgres() as database_url:
        desk = ComposedDesk(tmp_path / "desk", database_url=database_url, redis_url=redis_url)
        yield desk
        desk.kill_all()


def test_every_service_that_is_no_store_is_started_here():
    assert {"prepare", *LASTING} == set(own_services())


def test_the_services_do_the_work_of_a_day_and_end_in_time(desk: ComposedDesk, receiver: Receiver):
    desk.run(
        "web", "python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0"
    )  # the build of the image does it
    desk.run("prepare", *desk.command("prepare"))
    for name in LASTING:
        desk.start(name, WEBHOOK_PRIVATE_ADDRESSES="true", WEBHOOK_SECONDS="1", WEB_CONCURRENCY="2")
    for name in LASTING:
        desk.wait_until_healthy(name)
    visitor = signed_in(desk)
    assert '"status":"ready"' in visitor.get("/api/v1/health/ready").replace(" ", "")
    visitor.post("/webhooks/add/", name="shop", url=receiver.url, events="batch.done")

    assert visitor.send_file("/batches/upload/", "titles.txt", "\n".join(titles("page"))) == 302
    token = desk.run("web", "python", "manage.py", "create_token", "Ticket shop").strip()
    visitor.api("POST", "/api/v1/batches", token, {"titles": titles("rest")})
    batches = set(re.findall(r"/batches/([0-9a-f-]{36})/", visitor.get("/batches/")))
    assert len(batches) == 2
    for batch in batches:
        wait_until(lambda batch=batch: tagged(visitor, batch) == ROWS, seconds=60)

    assert visitor.post("/exports/start/", format="parquet", sources="auto") == 302
    wait_until(lambda: list((desk.directory / "var/exports").glob("*.parquet")), seconds=60)

    wait_until(lambda: told_of(receiver) == batches, seconds=30)
    timed = re.findall(r"^lineup_http_seconds_count\{.*\} (\d+)", visitor.get("/api/v1/metrics"), re.MULTILINE)
    assert sum(map(int, timed)) >= visitor.asked - 1, "the answers of both processes, without this one"

    took = {name: desk.stop(name) for name in LASTING}
    assert desk.survivors() == []
    assert took["web"] < seconds(own_services()["web"]["stop_grace_period"])


def test_a_task_that_is_not_done_in_time_goes_back_to_the_queue(desk: ComposedDesk, redis_url: str):
    """Asked to stop, the worker waits for WORKER_STOP_SECONDS, gives the task back, and the next worker does it."""
    slow = {"DJANGO_SETTINGS_MODULE": "tests.faults.prod_settings", "WORKER_STOP_SECONDS": "2"}
    desk.run("prepare", *desk.command("prepare"))
    notes = desk.directory / "notes.txt"
    desk.start("worker", **slow)
    desk.wait_until_healthy("worker")
    with Celery(broker=redis_url, set_as_current=False) as app:
        app.send_task("lineup.tag.slow_test_task", args=[str(notes), 10], queue="tag")
    wait_until(notes.exists, seconds=30)
    assert 2 <= desk.stop("worker") < 20
    assert desk.survivors() == []
    with redis.Redis.from_url(redis_url) as client:
        assert (client.llen("tag"), client.hlen("unacked")) == (1, 0)

    desk.start("worker", **slow)
    wait_until(lambda: "ends" in notes.read_text(), seconds=60)
    assert [line.split()[0] for line in notes.read_text().splitlines()] == ["begins", "begins", "ends"]


def told_of(receiver: Receiver) -> set[str]:
    return {json.loads(body)["data"]["id"] for _, _, body in receiver.arrived}


def signed_in(desk: ComposedDesk) -> Visitor:
    secret = {"DJANGO_SUPERUSER_PASSWORD": "a long pass phrase"}
    arguments = ("--no-input", "--username", "ada", "--email", "ada@desk.example")
    desk.run("web", "python", "manage.py", "createsuperuser", *arguments, **secret)
    visitor = Visitor(desk.port, EXAMPLE["ALLOWED_HOSTS"])
    visitor.sign_in("ada", secret["DJANGO_SUPERUSER_PASSWORD"])
    return visitor


def titles(origin: str) -> list[str]:
    return [f"Zaz + Orelsan live at Olympia, Paris {origin} {number}" for number in range(ROWS)]


def tagged(visitor: Visitor, batch: str) -> int:
    return json.loads(visitor.get(f"/api/v1/batches/{batch}"))["counts"]["tagged"]
