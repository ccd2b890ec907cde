"""A real worker that is killed in the middle of its work: everything is done in the end, and nothing twice."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.faults.desk import BAND_HIGH, TaggingDesk
from tests.processes import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads processes as Linux shows them"),
]

ROWS = 2400
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


@pytest.fixture
def desk(tmp_path: Path, starter: Path):
    running = TaggingDesk(tmp_path / "var", starter, TAG_CHUNK="4")  # so that there is something left to interrupt
    running.open()
    yield running
    running.stop(signal.SIGTERM)


def wait_for_more(desk: TaggingDesk, table: str) -> None:
    """Until the worker has done more of it than now; then there must be something left to interrupt."""
    before = desk.count(table)
    wait_until(lambda: desk.count(table) > before, seconds=60)


def test_killed_tagging_ends_as_if_nothing_had_happened(desk: TaggingDesk, titles: Path):
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


def test_killed_import_is_read_to_its_end_and_stores_nothing_twice(desk: TaggingDesk, titles: Path, tmp_path: Path):
    long = tmp_path / "long.txt"
    long.write_text("\n".join(f"{line} {part}" for part in range(5) for line in titles.read_text().split("\n")))
    script = tmp_path / "start.py"
    script.write_text(f"import sys\nsys.argv = ['', {str(long)!r}]\n{START_IMPORT}")
    desk.manage("shell", "--no-imports", "-c", script.read_text())
    for kill in (desk.kill_pool, lambda: os.kill(desk.child("celery"), signal.SIGKILL)):
        wait_for_more(desk, "occurrence")
        assert desk.query("select state from annotator_job") == [("running",)]
        kill()
    wait_until(lambda: desk.query("select state from annotator_job") == [("done",)], seconds=120)

    assert desk.count("occurrence") == 5 * ROWS
    assert desk.query("select count(distinct text) = count(*) from annotator_title") == [(1,)]
    (result,) = desk.query("select result from annotator_job")
    assert json.loads(result[0]) == {
        "read": 5 * ROWS,
        "new": desk.count("title"),
        "repeated": 5 * ROWS - desk.count("title"),
        "rejected": 0,
    }
