"""How soon the processes of production answer, and how much memory they take, beside the library's pipeline.

    .venv/bin/python -m tests.bench.start_and_size

Web and worker are started by the commands of docker-compose.yml on PostgreSQL and Redis servers of their own. Memory is that of a service
with all its processes: `proportional` counts what processes share once, `private` is what ending it would set free.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.composed import EXAMPLE, ComposedDesk
from tests.faults.desk import descendants
from tests.faults.servers import running_postgres, running_redis
from tests.faults.visitor import Visitor
from tests.processes import wait_until

ROUNDS = 3
PAGES = ("/review/", "/queue/", "/quality/", "/titles/", "/artists/", "/models/", "/batches/")
TITLES = 600
GOALS = {"web starts": 3.0, "web": 200, "worker": 450}
SMAPS = {"Pss": "proportional", "Private_Clean": "private", "Private_Dirty": "private"}
PEER = """
import sys, time
began = time.time()
from transformers import pipeline
pipeline("ner", model=sys.argv[1], aggregation_strategy="simple")("Zaz + Orelsan - Olympia, Paris")
print(time.time() - began, flush=True)
sys.stdin.read()
"""


@dataclass
class Size:
    """Megabytes."""

    proportional: float = 0
    private: float = 0

    def __str__(self) -> str:
        return f"{self.proportional:6.0f} MB proportional, {self.private:6.0f} MB private"


def size_of(pid: int) -> Size:
    size = Size()
    for process in [pid, *descendants(pid)]:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
            name, kilobytes = line.split()[0].rstrip(":"), int(line.split()[1])
            if name in SMAPS:
                setattr(size, SMAPS[name], getattr(size, SMAPS[name]) + kilobytes / 1024)
    return size


def seconds_until(start: Callable[[], object], answers: Callable[[], object]) -> float:
    began = time.monotonic()
    start()
    wait_until(answers, seconds=60)
    return time.monotonic() - began


def show(what: str, value: object) -> None:
    print(f"{what:58} {value}", flush=True)  # noqa: T201


def measure_peer(starter: Path) -> Size:
    command = [sys.executable, "-c", PEER, str(starter)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    show("transformers pipeline: first reading after", f"{float(process.stdout.readline()):.2f} s")
    size = size_of(process.pid)
    process.communicate()
    show("transformers pipeline", size)
    return size


def measure_web(desk: ComposedDesk) -> Size:
    visitor = Visitor(desk.port, EXAMPLE["ALLOWED_HOSTS"])

    def answers() -> bool:
        try:
            return visitor.ask("GET", "/sign-in/")[0] == 200
        except OSError:
            return False

    took = []
    for _ in range(ROUNDS):
        took.append(seconds_until(lambda: desk.start("web"), answers))
        if len(took) < ROUNDS:
            desk.stop("web")
    show(
        f"web: first page after (best of {ROUNDS}; goal {GOALS['web starts']:g} s)",
        f"{min(took):.2f} s, worst {max(took):.2f} s",
    )
    show("web, started", size_of(desk.running["web"].pid))
    visitor.sign_in("ada", "a long pass phrase")
    for path in PAGES * 3:
        visitor.get(path)
    size = size_of(desk.running["web"].pid)
    show(f"web, after {len(PAGES) * 3} pages (goal {GOALS['web']} MB)", size)
    return size


def measure_predict(desk: ComposedDesk, token: str) -> Size:
    visitor = Visitor(desk.port, EXAMPLE["ALLOWED_HOSTS"])
    began = time.monotonic()
    visitor.api("POST", "/api/v1/predict", token, {"title": "Zaz + Orelsan - Olympia, Paris"})
    show("web: first prediction after (loads the model)", f"{time.monotonic() - began:.2f} s")
    size = size_of(desk.running["web"].pid)
    show("web, with the model", size)
    return size


def measure_worker(desk: ComposedDesk, token: str) -> Size:
    alive = desk.directory / "tmp/worker-alive"
    show(
        "worker: takes tasks after",
        f"{seconds_until(lambda: desk.start('worker', WORKER_CONCURRENCY='1'), alive.exists):.2f} s",
    )
    show("worker, started, one process for tasks", size_of(desk.running["worker"].pid))
    visitor = Visitor(desk.port, EXAMPLE["ALLOWED_HOSTS"])
    titles = [f"Zaz + Orelsan & Kassandra Vey - Olympia, Paris {number}" for number in range(TITLES)]
    batch = visitor.api("POST", "/api/v1/batches", token, {"titles": titles})["id"]
    wait_until(lambda: visitor.api("GET", f"/api/v1/batches/{batch}", token)["state"] == "done", seconds=300)
    size = size_of(desk.running["worker"].pid)
    show(f"worker, after {TITLES} titles (goal {GOALS['worker']} MB)", size)
    return size


def main() -> None:
    from annotator.settings.env import BASE_DIR

    peer = measure_peer(BASE_DIR / "ner_core/starter")
    with TemporaryDirectory() as home, running_postgres() as database_url:
        directory = Path(home)
        with running_redis(directory) as redis_url:
            desk = ComposedDesk(directory / "desk", database_url=database_url, redis_url=redis_url)
            try:
                found = measure_desk(desk)
            finally:
                desk.kill_all()
    for name, size in found.items():
        show(f"{name} / transformers pipeline, proportional", f"{size.proportional / peer.proportional:.2f}")


def measure_desk(desk: ComposedDesk) -> dict[str, Size]:
    desk.run("web", "python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    desk.run("prepare", *desk.command("prepare"))
    arguments = ("--no-input", "--username", "ada", "--email", "ada@desk.example")
    desk.run(
        "web", "python", "manage.py", "createsuperuser", *arguments, DJANGO_SUPERUSER_PASSWORD="a long pass phrase"
    )
    token = desk.run("web", "python", "manage.py", "create_token", "bench").strip()
    return {
        "web": measure_web(desk),
        "web with the model": measure_predict(desk, token),
        "worker": measure_worker(desk, token),
    }


if __name__ == "__main__":
    main()
