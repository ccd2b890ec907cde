"""python -m tests.bench.reviewers: sixteen people review at once over HTTP, on a desk with very many titles; p50 and p95 of each request.

The web server is that of docker-compose.yml, with Redis, on PostgreSQL (the default, a server of its own) or SQLite (--sqlite). Each client
does what the page does: it holds twenty cards, asks for more when fewer than ten are left, and sends each verdict at once. It waits
--pause seconds between two verdicts, half to one and a half of it by chance; 0 is as fast as the answers come. Clients, web server and
database share this machine. POSTGRES_DURABLE=on makes the server wait for its disk, as those of production do.
"""

import argparse
import json
import os
import platform
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from uuid import uuid4

from tests.bench.output import say
from tests.bench.processor_time import milliseconds_each, postmaster, seconds_by_part
from tests.faults.composed import EXAMPLE, ComposedDesk
from tests.faults.servers import running_postgres, running_redis
from tests.faults.visitor import Visitor

PASSWORD = "a long pass phrase"
HELD, REFILL_BELOW = 20, 10
CARDS, VERDICTS = "/review/cards/", "/review/verdicts/"
GOALS = {"PostgreSQL": {CARDS: 30, VERDICTS: 50}, "SQLite": {CARDS: 30, VERDICTS: 150}}


class Reviewer(threading.Thread, Visitor):
    """`waits`: path -> seconds until each answer. `trouble`: what was not answered as it should be."""

    def __init__(self, port: int, number: int, pk: int) -> None:
        threading.Thread.__init__(self, daemon=True)
        Visitor.__init__(self, port, EXAMPLE["ALLOWED_HOSTS"])
        self.username, self.pk, self.tab = f"reviewer{number}", pk, str(uuid4())
        self.chance = random.Random(number)
        self.waits: dict[str, list[float]] = {CARDS: [], VERDICTS: []}
        self.trouble: list[str] = []
        self.hand: list[dict] = []
        self.decided = 0
        self.pause, self.until = 0.0, 0.0

    def warm_up(self) -> None:
        """Its first cards and a verdict, which are not timed: web processes open their connections, and hands are not all empty at once."""
        self._refill()
        for card in self.hand[: self.chance.randrange(1, HELD - REFILL_BELOW)]:
            self._decide(card)
            self.hand.remove(card)
        self.waits, self.decided = {CARDS: [], VERDICTS: []}, 0

    def run(self) -> None:
        time.sleep(self.chance.uniform(0, self.pause))
        while time.perf_counter() < self.until:
            if len(self.hand) < REFILL_BELOW:
                self._refill()
            if self.hand:
                self._decide(self.hand.pop(0))
            time.sleep(self.chance.uniform(0.5, 1.5) * self.pause)

    def _refill(self) -> None:
        held = [card["title_id"] for card in self.hand]
        answer = self._send(CARDS, {"tab": self.tab, "count": HELD - len(held), "exclude": held})
        self.hand += answer.get("cards", [])

    def _decide(self, card: dict) -> None:
        shown = {"title_id": card["title_id"], "prediction_id": card["prediction_id"], "elapsed_ms": 1500}
        verdict = {"id": str(uuid4()), "action": "accept"} | shown
        results = self._send(VERDICTS, {"verdicts": [verdict]}).get("results", [])
        self.decided += sum(one["ok"] for one in results)
        self.trouble += [str(one) for one in results if not one["ok"] or one.get("late")]

    def _send(self, path: str, payload: dict) -> dict:
        body = json.dumps(payload | {"user": self.pk}).encode()
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.cookies["csrftoken"]}
        begun = time.perf_counter()
        status, text = self.ask("POST", path, body, **headers)
        self.waits[path].append(time.perf_counter() - begun)
        if status != 200:
            self.trouble.append(f"{path} {status} {text[:200]}")
            return {}
        return json.loads(text)


def main() -> None:
    options = _parser().parse_args()
    kind = "SQLite" if options.sqlite else "PostgreSQL"
    with TemporaryDirectory() as home, _running_desk(Path(home), kind) as (desk, database_url):
        people = _fill(database_url, options.titles)
        say(
            f"{platform.platform()}, {os.cpu_count()} cores, {kind}; {options.titles:,} titles, {len(people)} reviewers"
        )
        desk.start("web", WEB_CONCURRENCY=str(options.processes))
        desk.wait_until_healthy("web")
        roots = [desk.running["web"].pid, *([] if options.sqlite else [postmaster(database_url)])]
        for pause in options.pauses:
            _measure(desk, roots, people, pause=pause, seconds=options.seconds, kind=kind)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--titles", type=int, default=100_000)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--pauses", type=float, nargs="+", default=[1.0, 0.0])
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--processes", type=int, default=1, help="web processes; docker-compose.yml has one")
    return parser


@contextmanager
def _running_desk(home: Path, kind: str) -> Iterator[tuple[ComposedDesk, str]]:
    with running_redis(home) as redis_url:
        if kind == "SQLite":
            yield from _desk(home, f"sqlite:///{home}/db.sqlite3", redis_url)
        else:
            with running_postgres() as database_url:
                yield from _desk(home, database_url, redis_url)


def _desk(home: Path, database_url: str, redis_url: str) -> Iterator[tuple[ComposedDesk, str]]:
    desk = ComposedDesk(home / "desk", database_url=database_url, redis_url=redis_url)
    try:
        desk.run("web", "python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        desk.run("web", "python", "manage.py", "migrate", "--verbosity", "0")
        yield desk, database_url
    finally:
        desk.kill_all()


def _fill(database_url: str, titles: int) -> list[int]:
    """Ids of sixteen reviewers of a desk with so many titles."""
    os.environ.update(
        {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "annotator.settings.dev", "BLIND_SHARE": "0"}
    )
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from annotator.models import User
    from tests.bench.filled_desk import fill

    begun = time.perf_counter()
    fill(0, titles)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    User.objects.update(password=make_password(PASSWORD))
    people = sorted(User.objects.values_list("username", "pk"), key=lambda person: int(person[0][len("reviewer") :]))
    connection.close()
    say(f"filled in {time.perf_counter() - begun:.0f} s")
    return [pk for _name, pk in people]


def _measure(
    desk: ComposedDesk, roots: list[int], people: list[int], *, pause: float, seconds: float, kind: str
) -> None:
    reviewers = [Reviewer(desk.port, number, pk) for number, pk in enumerate(people)]
    for reviewer in reviewers:
        reviewer.sign_in(reviewer.username, PASSWORD)
        reviewer.warm_up()
    before, begun = seconds_by_part(*roots), time.perf_counter()
    for reviewer in reviewers:
        reviewer.pause, reviewer.until = pause, begun + seconds
        reviewer.start()
    for reviewer in reviewers:
        reviewer.join()
    taken, decided = time.perf_counter() - begun, sum(reviewer.decided for reviewer in reviewers)
    say(f"{pause:g} s between two verdicts: {decided} verdicts, {decided / taken:.1f} a second")
    for path, goal in GOALS[kind].items():
        waits = [wait * 1000 for reviewer in reviewers for wait in reviewer.waits[path]]
        cuts = quantiles(waits, n=20, method="inclusive")
        say(f"  {path:<20} p50 {cuts[9]:6.1f} ms, p95 {cuts[18]:6.1f} ms (goal {goal}), of {len(waits)}")
    spent = milliseconds_each(before, seconds_by_part(*roots), decided)
    say(f"  ms of a core for a verdict: {', '.join(f'{part} {one:.1f}' for part, one in spent.items())}")
    if trouble := [line for reviewer in reviewers for line in reviewer.trouble]:
        say(f"  {len(trouble)} not as they should be: {trouble[0]}")


if __name__ == "__main__":
    main()
