"""Load over time, while web server and worker are replaced: no request fails, memory stays, queues empty, ends are quick."""

import http.client
import itertools
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.faults.composed import EXAMPLE, ComposedDesk
from tests.faults.desk import descendants
from tests.faults.servers import running_postgres, running_redis
from tests.faults.sizes import LONG, SIZES
from tests.faults.visitor import Visitor
from tests.processes import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads processes as Linux shows them"),
]

CLIENTS = 8 if LONG else 4
BATCH = 20
GROWTH = 1.15  # beyond it memory is not steady
MOST_END_SECONDS = 30


class Client(threading.Thread):
    """Reads titles, sends batches and looks at the queue, until told to stop. `failed`: what went wrong."""

    numbers = itertools.count()

    def __init__(self, desk: ComposedDesk, token: str) -> None:
        super().__init__(daemon=True)
        self.visitor, self.token = Visitor(desk.port, EXAMPLE["ALLOWED_HOSTS"]), token
        self.failed: list[str] = []
        self.answers = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            number = next(self.numbers)
            try:
                self._ask(number)
                self.answers += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failed.append(repr(error)[:300])

    def _ask(self, number: int) -> None:
        titles = [f"Zaz + Orelsan live at Olympia, Paris {number} {part}" for part in range(BATCH)]
        if number % 10 == 0:
            self.visitor.api("POST", "/api/v1/batches", self.token, {"titles": titles})
        elif number % 10 == 5:
            self.visitor.api("GET", "/api/v1/artists?page_size=50", self.token)
        else:
            self.visitor.api("POST", "/api/v1/predict", self.token, {"title": titles[0]})


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "redis").mkdir()
    with running_redis(tmp_path / "redis") as url:
        yield url


@pytest.fixture
def desk(tmp_path: Path, redis_url: str) -> Iterator[ComposedDesk]:
    (tmp_path / "desk").mkdir()
    with running_postgres() as database_url:
        desk = ComposedDesk(tmp_path / "desk", database_url=database_url, redis_url=redis_url)
        desk.run("web", "python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        desk.run("prepare", *desk.command("prepare"))
        for name in ("web", "worker", "beat"):
            desk.start(name, WEB_CONCURRENCY="2", API_RATE="1000000/min")
        for name in ("web", "worker"):
            desk.wait_until_healthy(name)
        yield desk
        desk.kill_all()


def megabytes(pid: int) -> float:
    """Resident memory of a process and all below it."""
    pids = [pid, *descendants(pid)]
    return sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in pids) * 4096 / 1e6


def load(desk: ComposedDesk) -> list[Client]:
    token = desk.run("web", "python", "manage.py", "create_token", "soak").strip()
    clients = [Client(desk, token) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    return clients


def test_load_and_replacement_fail_no_request_and_memory_stays(desk: ComposedDesk, redis_url: str):
    clients = load(desk)
    phase = SIZES.soak_seconds / 3
    time.sleep(phase)
    warm = megabytes(desk.running["web"].pid)
    desk.reload_web()
    time.sleep(phase)
    took = desk.stop("worker")
    desk.start("worker")
    time.sleep(phase)
    later = megabytes(desk.running["web"].pid)
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join(timeout=60)

    answers = sum(client.answers for client in clients)
    told = {"answers": answers, "web MB": [round(warm), round(later)], "worker ended in s": round(took, 1)}
    print(json.dumps(told))  # noqa: T201
    assert [failure for client in clients for failure in client.failed] == []
    assert answers > SIZES.soak_seconds
    assert later < warm * GROWTH, told
    assert took < MOST_END_SECONDS
    with redis.Redis.from_url(redis_url) as broker:
        wait_until(lambda: broker.llen("tag") == broker.hlen("unacked") == 0, seconds=SIZES.soak_seconds + 60)
    assert desk.stop("web") < MOST_END_SECONDS
