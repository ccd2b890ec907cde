"""Every migration goes back and forth on a filled desk, on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.settings.env import BASE_DIR
from tests.faults.servers import running_postgres


def walk(directory: Path, database_url: str = "") -> str:
    """What pytest said in the end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment = inherited | {"VAR_DIR": str(directory), "DATABASE_URL": database_url}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/upgrades/walk.py"]
    answer = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout[-6000:]
    return answer.stdout.rstrip().rpartition("\n")[2]


def test_migrations_go_back_and_forth_on_sqlite(tmp_path):
    assert walk(tmp_path).startswith("2 passed")


@pytest.mark.faults
def test_migrations_go_back_and_forth_on_postgresql(tmp_path):
    with running_postgres() as url:
        assert walk(tmp_path, url).startswith("2 passed")
