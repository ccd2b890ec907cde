"""Label Studio as its documentation starts it, `label-studio start` with SQLite, driven as its pages do."""

import json
from pathlib import Path
from typing import ClassVar

from ner_core.labels import LABELS
from tests.bench.rivals.rival import Rival
from tests.bench.rivals.tasks import Task
from tests.faults.reviewers import PASSWORD

ADDRESS = "ada@desk.example"
# It would report to its makers, and ask them for a newer release, at every start.
QUIET = {"SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false"}
PLACE = {"LABEL_STUDIO_BASE_DATA_DIR": "{home}"}
WORDS = "".join(f'<Label value="{label}"/>' for label in LABELS)
CONFIG = f'<View><Labels name="label" toName="text">{WORDS}</Labels><Text name="text" value="$text"/></View>'
PAGE_ROWS = 30  # of its Data Manager


class LabelStudio(Rival):
    name, program, pins = "Label Studio", "label-studio", ("label-studio==1.23.2",)
    variables: ClassVar = QUIET | PLACE

    def start(self, home: Path) -> None:
        listen = ("--no-browser", "--internal-host", "127.0.0.1", "--port", str(self.open(home)))
        account = ("--username", ADDRESS, "--password", PASSWORD)
        self.serve("start", *listen, *account)
        self.wait_until(lambda: self.browser.answers("/user/login/"))
        self.browser.post("/user/login/", data={"email": ADDRESS, "password": PASSWORD})

    def import_waiting(self, tasks: list[Task]) -> None:
        self.waiting = self._import([_task(task, "predictions") for task in tasks])

    def import_annotated(self, tasks: list[Task]) -> None:
        self.annotated = self._import([_task(task, "annotations") for task in tasks])

    def _import(self, tasks: list[dict]) -> int:
        """A new project: the page uploads the file, and asks for its tasks when the button is pressed."""
        config = {"title": f"Titles {next(self.numbers)}", "label_config": CONFIG}
        project = self.browser.post("/api/projects/", json=config).json()["id"]
        files = {"file": ("titles.json", json.dumps(tasks), "application/json")}
        place = f"/api/projects/{project}"
        uploaded = self.browser.post(f"{place}/import?commit_to_project=false", files=files).json()["file_upload_ids"]
        wanted = {"file_upload_ids": uploaded, "files_as_tasks_list": False}
        assert self.browser.post(f"{place}/reimport", json=wanted).json()["task_count"] == len(tasks)
        return project

    def next_tasks(self) -> list[dict]:
        return [self.browser.post(f"/api/dm/actions?id=next_task&project={self.waiting}", json={}).json()]

    def accept(self, task: dict) -> None:
        (proposed,) = task["predictions"]
        annotation = {
            "lead_time": 1.5,
            "result": proposed["result"],
            "draft_id": 0,
            "parent_prediction": proposed["id"],
            "parent_annotation": None,
            "unique_id": task["unique_lock_id"],
            "project": self.waiting,
        }
        self.browser.post(f"/api/tasks/{task['id']}/annotations?project={self.waiting}", json=annotation)

    def list_page(self) -> None:
        self._list({})

    def search(self, word: str) -> None:
        wanted = {"filter": "filter:tasks:data.text", "operator": "contains", "type": "String", "value": word}
        self._list({"query": json.dumps({"filters": {"conjunction": "and", "items": [wanted]}})})

    def _list(self, query: dict) -> None:
        page = self.browser.get("/api/tasks", page=1, page_size=PAGE_ROWS, project=self.waiting, **query).json()
        assert page["tasks"]

    def export(self) -> int:
        answer = self.browser.get(f"/api/projects/{self.annotated}/export", exportType="JSON")
        return sum(bool(task["annotations"]) for task in answer.json())


def _task(task: Task, kind: str) -> dict:
    result = [
        {
            "id": f"span{number}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {
                "start": span.start,
                "end": span.end,
                "text": task.text[span.start : span.end],
                "labels": [span.label],
            },
        }
        for number, span in enumerate(task.spans)
    ]
    return {"data": {"text": task.text}, kind: [{"result": result}]}
