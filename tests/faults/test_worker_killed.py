"""A real worker that is killed in the middle of its work: everything is done in the end, and nothing twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.settings.env import BASE_DIR
from tests.checkpoints import build_tiny_checkpoint
from tests.faults.desk import RunningDesk, descendants
from tests.processes import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads processes as Linux shows them"),
]

ROWS = 600
BAND_HIGH = 0.5
PREDICTIONS = """
select title.text, title.state, prediction.spans, prediction.confidence
from annotator_prediction prediction join annotator_title title on title.id = prediction.title_id
"""
START_IMPORT = """
import sys
from pathlib import Path
from annotator.jobs import start_import
start_import(name="titles.txt", kind="txt", chunks=[Path(sys.argv[1]).read_bytes()], actor=None)
"""


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "starter")


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    """Every third line repeats an earlier one."""
    acts = (
        "Marée Haute",
        "Kassandra Vey + Die Gletscher",
        "DJ Nacht b2b Ana Ortolan",
        "Comedy with Priya",
        "Σκιές και Φως",
    )
    lines = [f"{acts[n % 5]} - {('Nîmes', 'Gent', 'Basel')[n % 3]} {n - n % 3 * (n % 3 == 2)}" for n in range(ROWS)]
    path = tmp_path / "titles.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


class Desk(RunningDesk):
    """One whose work comes in small pieces, with a model that reads quickly and badly."""

    def __init__(self, var_dir: Path, starter: Path) -> None:
        super().__init__(var_dir)
        self.environment = {
            "STARTER_DIR": str(starter),
            "TAG_CHUNK": "10",
            "RECOVERY_SECONDS": "3",
            "BAND_HIGH": str(BAND_HIGH),
            "BAND_MIDDLE": "0.2",
        }

    def open(self) -> None:
        self.start("--no-demo", **self.environment)

    def manage(self, *arguments: str) -> str:
        environment = os.environ | self.environment
        environment |= {"DJANGO_SETTINGS_MODULE": "tests.faults.desk_settings", "VAR_DIR": str(self.var_dir)}
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=BASE_DIR, env=environment, check=True, capture_output=True, text=True).stdout

    def query(self, sql: str) -> list[tuple]:
        connection = sqlite3.connect(self.var_dir / "db.sqlite3")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def count(self, table: str, where: str = "1 = 1") -> int:
        return self.query(f"select count(*) from annotator_{table} where {where}")[0][0]  # noqa: S608  our own words

    def kill_pool(self) -> None:
        """The processes that do the work, not the one that hands it out."""
        for pid in descendants(self.child("celery")):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def desk(tmp_path: Path, starter: Path):
    running = Desk(tmp_path / "var", starter)
    running.open()
    yield running
    running.stop(signal.SIGTERM)


def wait_for_more(desk: Desk, table: str) -> None:
    """Until the worker has done more of it than now; then there must be something left to interrupt."""
    before = desk.count(table)
    wait_until(lambda: desk.count(table) > before, seconds=60)


def test_killed_tagging_ends_as_if_nothing_had_happened(desk: Desk, titles: Path):
    """Killed in the pool, killed whole, and every title asked for twice."""
    desk.manage("import_titles", str(titles))
    desk.manage("import_titles", str(titles))
    for kill in (desk.kill_pool, lambda: os.kill(desk.child("celery"), signal.SIGKILL)):
        wait_for_more(desk, "prediction")
        assert desk.count("title", "state = 'new'") > 0
        kill()
    wait_until(lambda: desk.count("title", "state = 'new'") == 0, seconds=120)

    found = desk.query(PREDICTIONS)
    expected = {answer["text"]: answer for answer in map(json.loads, desk.manage("predict", str(titles)).splitlines())}
    assert sorted(text for text, *_ in found) == sorted(expected)
    for text, state, spans, confidence in found:
        assert state == ("settled" if confidence >= BAND_HIGH else "waiting")
        assert triples(json.loads(spans)) == triples(expected[text]["spans"])
        assert confidence == pytest.approx(expected[text]["confidence"], abs=0.0002)
    assert desk.count("annotation") == desk.count("title", "state = 'settled'") > 0
    assert desk.count("queueitem", "reason <> 'audit'") == desk.count("title", "state = 'waiting'") > 0


def triples(spans: list[dict]) -> list[tuple]:
    return [(span["start"], span["end"], span["label"]) for span in spans]


def test_killed_import_is_read_to_its_end_and_stores_nothing_twice(desk: Desk, titles: Path, tmp_path: Path):
    long = tmp_path / "long.txt"
    long.write_text("\n".join(f"{line} {part}" for part in range(20) for line in titles.read_text().split("\n")))
    script = tmp_path / "start.py"
    script.write_text(f"import sys\nsys.argv = ['', {str(long)!r}]\n{START_IMPORT}")
    desk.manage("shell", "--no-imports", "-c", script.read_text())
    for kill in (desk.kill_pool, lambda: os.kill(desk.child("celery"), signal.SIGKILL)):
        wait_for_more(desk, "occurrence")
        assert desk.query("select state from annotator_job") == [("running",)]
        kill()
    wait_until(lambda: desk.query("select state from annotator_job") == [("done",)], seconds=120)

    assert desk.count("occurrence") == 20 * ROWS
    assert desk.query("select count(distinct text) = count(*) from annotator_title") == [(1,)]
    (result,) = desk.query("select result from annotator_job")
    assert json.loads(result[0]) == {
        "read": 20 * ROWS,
        "new": desk.count("title"),
        "repeated": 20 * ROWS - desk.count("title"),
        "rejected": 0,
    }
