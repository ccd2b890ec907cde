"""doccano as its documentation starts it, `doccano webserver` and `doccano task` with SQLite, driven as its pages do."""

import io
import json
import zipfile
from itertools import count
from pathlib import Path
from typing import ClassVar

from tests.bench.rivals.browser import Refused, wait_for
from tests.bench.rivals.rival import Rival
from tests.bench.rivals.tasks import Task
from tests.faults.reviewers import PASSWORD

PINS = (
    "doccano==1.8.4",
    "marshmallow==3.26.2",  # its environs 9 looks for a name that is gone from marshmallow 4
    "numpy==1.26.4",  # its pandas 1.5 was compiled for numpy 1
    "setuptools==80.9.0",  # its gunicorn 20.1 imports pkg_resources, which is gone from 81
)
USER = "ada"
PROJECT = {
    "resourcetype": "SequenceLabelingProject",
    "project_type": "SequenceLabeling",
    "description": "titles",
    "guideline": "",
    "tags": [],
} | dict.fromkeys(
    (
        "random_order",
        "collaborative_annotation",
        "single_class_classification",
        "allow_overlapping",
        "grapheme_mode",
        "use_relation",
    ),
    False,
)
FILE = {"column_data": "text", "column_label": "label", "encoding": "utf_8"}
TAKES_TASKS = "MainProcess] celery@"
PAGE_ROWS = 10  # of its dataset page


class Doccano(Rival):
    name, program, pins = "doccano", "doccano", PINS
    variables: ClassVar = {"DOCCANO_HOME": "{home}"}

    def start(self, home: Path) -> None:
        port = self.open(home)
        self.offset = count()
        self.run("init")
        self.run("createuser", "--username", USER, "--password", PASSWORD)
        self.serve("webserver", "--port", str(port))
        self.serve("task")
        self.wait_until(lambda: self.browser.answers("/auth/") and TAKES_TASKS in self.log.read_text())
        self.browser.post("/v1/auth/login/", json={"username": USER, "password": PASSWORD})

    def import_waiting(self, tasks: list[Task]) -> None:
        """Its labels are annotations at once; what waits is that somebody confirms them."""
        self.waiting = self._import(tasks)

    def import_annotated(self, tasks: list[Task]) -> None:
        self.annotated = self._import(tasks)

    def _import(self, tasks: list[Task]) -> int:
        project = self.browser.post("/v1/projects", json=PROJECT | {"name": f"Titles {next(self.numbers)}"}).json()[
            "id"
        ]
        files = {"filepond": ("titles.jsonl", "".join(map(_line, tasks)), "application/json")}
        uploaded = self.browser.post("/v1/fp/process/", files=files).text.strip('"')
        wanted = FILE | {"format": "JSONL", "task": "SequenceLabeling", "uploadIds": [uploaded]}
        result = self._wait(self.browser.post(f"/v1/projects/{project}/upload", json=wanted).json()["task_id"])
        if result["error"]:
            raise Refused(str(result["error"][:3]))
        assert self.browser.get(f"/v1/projects/{project}/examples", limit=1).json()["count"] == len(tasks)
        return project

    def _wait(self, task: str) -> dict:
        found: dict = {}

        def is_ready() -> bool:
            found.update(self.browser.get(f"/v1/tasks/status/{task}").json())
            return found["ready"]

        wait_for(is_ready, self.limit)
        if found["error"]:
            raise Refused(str(found["error"]))
        return found["result"]

    def next_tasks(self) -> list[int]:
        """One after the other by number, as its button for the next page does; spans and relations have requests of their own."""
        (example,) = self._examples(limit=1, offset=next(self.offset), q="")
        place = f"/v1/projects/{self.waiting}/examples/{example['id']}"
        self.browser.get(f"{place}/spans")
        self.browser.get(f"{place}/relations")
        return [example["id"]]

    def accept(self, example: int) -> None:
        self.browser.post(f"/v1/projects/{self.waiting}/examples/{example}/states", json={})

    def list_page(self) -> None:
        assert self._examples(limit=PAGE_ROWS, offset=0, q="")

    def search(self, word: str) -> None:
        assert self._examples(limit=PAGE_ROWS, offset=0, q=word)

    def _examples(self, **wanted: object) -> list[dict]:
        place = f"/v1/projects/{self.waiting}/examples"
        return self.browser.get(place, confirmed="", ordering="", **wanted).json()["results"]

    def export(self) -> int:
        place = f"/v1/projects/{self.annotated}/download"
        task = self.browser.post(place, json={"format": "JSONL", "exportApproved": False}).json()["task_id"]
        self._wait(task)
        with zipfile.ZipFile(io.BytesIO(self.browser.get(place, taskId=task).content)) as archive:
            return sum(len(archive.read(name).splitlines()) for name in archive.namelist())


def _line(task: Task) -> str:
    """In ASCII: doccano guesses the encoding of a file."""
    labels = [[span.start, span.end, span.label] for span in task.spans]
    return json.dumps({"text": task.text, "label": labels}) + "\n"
