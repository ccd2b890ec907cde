"""`manage.py backup` and `manage.py restore`, on a desk of their own: SQLite, and PostgreSQL where the tests run there."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from annotator.domain.backups import read_manifest, restore_backup
from annotator.domain.backups.archive import unpack
from annotator.exceptions import InvalidBackup
from annotator.settings.env import BASE_DIR
from tests.processes import wait_until

DATABASE_URL = os.environ.get("DATABASE_URL", "")
FILL = """
from annotator.domain.review import record_verdict
from annotator.models import *
from pathlib import Path
from uuid import uuid4
from tests.factories import make_queue_item, make_title, make_user
lena = make_user("lena")
item = make_queue_item(make_title("Ana Torres in Rome"))
record_verdict(title_id=item.title_id, reviewer=lena, verdict_id=uuid4(), action="nothing")
make_queue_item(make_title("Kid Orbit"))
"""
TITLES = "from annotator.models import *; print(*Title.objects.order_by('pk').values_list('text', 'state'), sep='|')"


class Desk:
    def __init__(self, home: Path, database_url: str = "") -> None:
        self.home = home
        self.environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
            "VAR_DIR": str(home),
            "DJANGO_SETTINGS_MODULE": "annotator.settings.dev",
            "HF_HUB_OFFLINE": "1",
        }
        if database_url:
            self.environment["DATABASE_URL"] = database_url

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=BASE_DIR, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def told(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def refusal(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 1
        return done.stderr

    def shell(self, code: str) -> str:
        return self.told("shell", "--no-imports", "-c", code)

    def titles(self) -> str:
        return self.shell(TITLES)


def new_database() -> Iterator[str]:
    """The address of an empty one on the server of the tests; "" is SQLite."""
    if not DATABASE_URL:
        yield ""
        return
    import psycopg

    name = f"backup_{uuid4().hex[:12]}"
    with psycopg.connect(DATABASE_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield f"{DATABASE_URL.rpartition('/')[0]}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("filled")
    for url in new_database():
        desk = Desk(home, url)
        desk.told("migrate", "--verbosity=0")
        desk.shell(FILL)
        (home / "models" / "abc123").mkdir(parents=True)
        (home / "models" / "abc123" / "model.safetensors").write_bytes(b"weights" * 1000)
        (home / "models" / ".incoming-1").mkdir()
        (home / "models" / ".incoming-1" / "half").write_bytes(b"half")
        yield desk


@pytest.fixture(scope="module")
def backup(filled: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(filled.told("backup", str(tmp_path_factory.mktemp("backups")), "--check"))


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Desk]:
    for url in new_database():
        yield Desk(tmp_path / "other", url)


def test_a_desk_goes_into_a_file_and_comes_back_elsewhere(filled: Desk, backup: Path, other: Desk):
    assert backup.stat().st_mode & 0o777 == 0o600
    assert "2 titles, 1 settled, 1 verdicts" in other.told("restore", str(backup))
    assert other.titles() == filled.titles() != ""
    assert (other.home / "models" / "abc123" / "model.safetensors").read_bytes() == b"weights" * 1000
    assert sorted(path.name for path in other.home.iterdir() if path.name.startswith(".lineup")) == []
    assert not (other.home / "models" / ".incoming-1").exists()


def test_a_desk_that_has_something_is_replaced_only_by_force(backup: Path, other: Desk, filled: Desk):
    other.told("migrate", "--verbosity=0")
    other.shell("from tests.factories import make_title; make_title('My own title')")
    assert "desk_not_empty" in other.refusal("restore", str(backup))
    assert "My own title" in other.titles()
    other.told("restore", str(backup), "--force")
    other.told("restore", str(backup), "--force")  # once more is as once
    assert other.titles() == filled.titles()


def test_a_desk_at_work_is_not_replaced(backup: Path, other: Desk):
    other.told("migrate", "--verbosity=0")
    seen = "from annotator.models import *; from django.utils import timezone; "
    other.shell(seen + "WorkerHeartbeat.objects.create(hostname='worker@desk', seen_at=timezone.now())")
    assert "desk_running" in other.refusal("restore", str(backup), "--force")


def test_a_check_changes_nothing(backup: Path, other: Desk):
    assert "is whole: 2 titles" in other.told("restore", str(backup), "--check")
    assert not (other.home / "models").exists()


def test_a_backup_replaces_no_file(filled: Desk, backup: Path):
    before = backup.read_bytes()
    assert "backup_exists" in filled.refusal("backup", str(backup))
    assert backup.read_bytes() == before


def damaged(backup: Path, target: Path, at: bytes) -> Path:
    whole = backup.read_bytes()
    place = whole.index(at)
    target.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    return target


def with_manifest(backup: Path, target: Path, **changed: object) -> Path:
    """The same backup, whose manifest tells something else; and what else is said to be in it."""
    with tarfile.open(backup) as source, tarfile.open(target, "w") as copy:
        for member in source:
            body = source.extractfile(member).read()
            if member.name == "manifest.json":
                body = json.dumps(json.loads(body) | changed).encode()
            member.size = len(body)
            copy.addfile(member, io.BytesIO(body))
    return target


def code_of(path: Path, target: Path) -> str:
    """How the backup is refused before anything is touched, in this process."""
    with pytest.raises(InvalidBackup) as refused:
        unpack(path, read_manifest(path), target)
    return refused.value.code


def test_a_damaged_backup_is_refused(backup: Path, other: Desk, tmp_path: Path):
    bad = damaged(backup, tmp_path / "bad.tar", b"weightsweights")
    assert code_of(bad, tmp_path / "bad") == "backup_corrupt"
    assert "backup_corrupt" in other.refusal("restore", str(bad))
    cut = tmp_path / "cut.tar"
    cut.write_bytes(backup.read_bytes()[:-20_000])
    assert code_of(cut, tmp_path / "cut") == "not_a_backup"
    (tmp_path / "text.tar").write_text("not a backup")
    assert code_of(tmp_path / "text.tar", tmp_path / "text") == "not_a_backup"
    assert code_of(tmp_path / "none.tar", tmp_path / "none") == "not_a_backup"


def test_what_another_version_made_is_refused(backup: Path, other: Desk, tmp_path: Path):
    newer = with_manifest(backup, tmp_path / "newer.tar", migrations=["annotator.9999_of_next_year"])
    assert "annotator.9999_of_next_year" in other.refusal("restore", str(newer))
    next_format = with_manifest(backup, tmp_path / "format.tar", format=2)
    assert code_of(next_format, tmp_path / "format") == "backup_too_new"


def test_what_another_database_made_is_refused(backup: Path, db: None, tmp_path: Path):
    elsewhere = with_manifest(backup, tmp_path / "elsewhere.tar", database="mysql")
    with pytest.raises(InvalidBackup) as refused:
        restore_backup(elsewhere, force=True)
    assert refused.value.code == "other_database"


@pytest.mark.parametrize("name", ["../outside", "/tmp/lineup-outside", "models/../../outside"])
def test_a_backup_that_would_leave_its_place_is_refused(backup: Path, tmp_path: Path, name: str):
    target = tmp_path / "evil.tar"
    shutil.copy(backup, target)
    with tarfile.open(target, "a") as tar:
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    assert code_of(target, tmp_path / "inside") == "backup_corrupt"
    assert not (tmp_path / "outside").exists()
    assert not Path("/tmp/lineup-outside").exists()


@pytest.mark.parametrize("step", ["Files", "Database"])
def test_killed_on_the_way_the_old_desk_is_there_and_the_next_run_ends_it(
    backup: Path, other: Desk, filled: Desk, step: str
):
    other.told("migrate", "--verbosity=0")
    other.shell("from tests.factories import make_title; make_title('My own title')")
    command = [sys.executable, "manage.py", "restore", str(backup), "--force"]
    process = subprocess.Popen(command, cwd=BASE_DIR, env=other.environment, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: process.stderr.readline().startswith(step), seconds=30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert other.titles() in ("('My own title', 'new')", filled.titles())
    other.told("restore", str(backup), "--force")
    assert other.titles() == filled.titles()
