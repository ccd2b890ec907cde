"""Lineup Desk as `make run` starts it, driven as its pages do; the model reads what is imported."""

import json
import re
import time
from importlib.metadata import distributions
from pathlib import Path
from uuid import UUID, uuid4

from packaging.utils import canonicalize_name

from ner_core.spans import span_to_dict
from tests.bench.rivals.browser import Browser, Refused, wait_for
from tests.bench.rivals.environments import megabytes_in, megabytes_of
from tests.bench.rivals.tasks import Task
from tests.bench.tagging import ROOT, STARTER
from tests.faults.desk import TaggingDesk
from tests.faults.reviewers import PASSWORD
from tests.requirement_lists import closure, pins

USER = "ada"
MAKE_LEAD = f"""
from annotator.models import User
print(User.objects.create_user({USER!r}, password={PASSWORD!r}, role="lead").pk)
"""
# The desk of the tests as it is delivered, but that nothing is settled without people, as in the other tools, and every card has a reading.
SETTINGS = {
    "TAG_CHUNK": "256",
    "RECOVERY_SECONDS": "60",
    "BAND_HIGH": "1",
    "BAND_MIDDLE": "0.6",
    "BLIND_SHARE": "0",
}
PREFETCH, REFILL_BELOW = 20, 10  # of the review page
PARTS_OF_THE_PRODUCT = ("annotator", "ner_core", "templates", "static", "locale")


class LineupDesk:
    name = "Lineup Desk"
    release = "Lineup Desk"

    def __init__(self, _environments: Path, limit: float) -> None:
        self.limit = limit
        self.desk: TaggingDesk | None = None

    def install(self) -> float:
        """All that `make run` installs, and the product with its model."""
        needed = closure([*pins("requirements.txt").values(), *pins("requirements-web.txt").values()])
        packages = [one for one in distributions() if canonicalize_name(one.name) in needed]
        return megabytes_of(packages) + sum(megabytes_in(ROOT / part) for part in PARTS_OF_THE_PRODUCT)

    def start(self, home: Path) -> None:
        self.home, self.tab, self.held = home, str(uuid4()), []
        self.desk = TaggingDesk(home / "var", STARTER, **SETTINGS)
        self.desk.open()
        self.user = int(self.desk.manage("shell", "--no-imports", "-c", MAKE_LEAD))
        self.browser = Browser(self.desk.port, self.limit)
        self.browser.get("/sign-in/")
        self.browser.post("/sign-in/", data={"username": USER, "password": PASSWORD})

    def stop(self) -> None:
        if self.desk:
            self.desk.stop()
        self.desk = None

    def roots(self) -> list[int]:
        return [self.desk.process.pid] if self.desk and self.desk.process else []

    def stored_megabytes(self) -> float:
        return megabytes_in(self.home)

    def import_waiting(self, tasks: list[Task]) -> dict[str, float]:
        """Until the model has read them all and they wait for people; and when they were stored."""
        begun = time.monotonic()
        lines = "".join(f"{task.text}\n" for task in tasks)
        self.browser.post("/batches/upload/", files={"file": ("titles.txt", lines.encode(), "text/plain")})
        wait_for(lambda: self.desk.count("title") == len(tasks), self.limit)
        stored = time.monotonic() - begun
        wait_for(lambda: self.desk.count("queueitem") == len(tasks), self.limit - stored, pause=1)
        return {"titles stored, s": stored}

    def import_annotated(self, tasks: list[Task]) -> None:
        """By its command, the start of which counts: there is no page for it."""
        path = self.home / "annotated.jsonl"
        path.write_text("".join(map(_line, tasks)), encoding="utf-8")
        self.desk.manage("import_gold", str(path), "--use", "training")
        assert self.desk.count("annotation", "source = 'taught'") == len(tasks)

    def next_tasks(self) -> list[dict]:
        """As many as the page asks for at once: nine cards are still in its hand then."""
        count, exclude = PREFETCH - len(self.held), [card["title_id"] for card in self.held]
        cards = self._post("/review/cards/", tab=self.tab, count=count, exclude=exclude)["cards"]
        hand = self.held + cards
        ready = len(hand) - REFILL_BELOW + 1
        self.held = hand[ready:]
        return hand[:ready]

    def accept(self, card: dict) -> None:
        verdict = {
            "id": str(uuid4()),
            "title_id": card["title_id"],
            "prediction_id": card["prediction_id"],
            "action": "accept",
            "elapsed_ms": 1_500,
        }
        (result,) = self._post("/review/verdicts/", tab=self.tab, verdicts=[verdict])["results"]
        if not result["ok"]:
            raise Refused(str(result))

    def _post(self, path: str, **body: object) -> dict:
        return self.browser.post(path, json=body | {"user": self.user}).json()

    def list_page(self) -> None:
        assert re.search(r"/titles/\d+/", self.browser.get("/titles/").text)

    def search(self, word: str) -> None:
        assert word in self.browser.get("/titles/", text=word).text

    def export(self) -> int:
        wanted = {"format": "jsonl", "sources": ["taught"]}
        self.browser.post("/exports/start/", data=wanted)
        wait_for(lambda: self.desk.count("job", "kind = 'export' and state not in ('queued', 'running')"), self.limit)
        ((job,),) = self.desk.query("select id from annotator_job where kind = 'export'")
        return len(self.browser.get(f"/exports/{UUID(job)}/download/").text.splitlines())


def _line(task: Task) -> str:
    return json.dumps({"text": task.text, "spans": [span_to_dict(span) for span in task.spans]}) + "\n"
