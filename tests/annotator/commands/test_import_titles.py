import csv
import io
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator import jobs
from annotator.domain import ingest
from annotator.models import Batch, Occurrence, Title
from annotator.settings.env import BASE_DIR
from tests.processes import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch) -> list[list[int]]:
    """The title ids that tagging was asked for, by call."""
    asked: list[list[int]] = []
    monkeypatch.setattr(jobs, "start_tagging", lambda ids: asked.append(list(ids)) or True)
    return asked


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "titles.txt"
    path.write_bytes(
        "Ana Torres à Lisbon\nBob\nBob \n=1+2\x07\nEve\xff\n".encode("latin-1").replace(b"\xe0", b"\xc3\xa0")
    )
    return path


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("import_titles", *map(str, arguments), stdout=out)
    return out.getvalue()


def read_rejects(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.reader(lines))


def test_import_stores_titles_asks_for_tagging_and_says_what_it_did(file, asked, capfd):
    rejects = file.with_name("titles.txt.rejects.csv")
    assert run(file) == f"titles.txt: 5 rows read, 2 new titles, 1 repeated, 2 rejected (see {rejects})\n"
    assert sorted(Title.objects.values_list("text", flat=True)) == ["Ana Torres à Lisbon", "Bob"]
    assert [sorted(ids) for ids in asked] == [sorted(Title.objects.values_list("pk", flat=True))]
    batch = Batch.objects.get()
    assert (batch.source, batch.name, batch.created_by, batch.rows_rejected) == ("cli", "titles.txt", None, 2)
    assert batch.closed_at is not None
    progress = capfd.readouterr().err
    assert "titles.txt: 100%" in progress


def test_rejects_name_line_code_and_reason_and_run_no_formula(file, asked):
    run(file)
    assert read_rejects(file.with_name("titles.txt.rejects.csv")) == [
        ["line", "code", "reason", "raw"],
        ["4", "control_characters", "Character 4 is the control character U+0007.", "'=1+2\\x07"],
        ["5", "invalid_utf8", "This line is not valid Unicode; save the file as UTF-8.", "Eve\\xff"],
    ]


def test_rejects_go_where_they_are_asked_to(file, asked, tmp_path):
    assert str(tmp_path / "bad.csv") in run(file, "--rejects", tmp_path / "bad.csv")
    assert len(read_rejects(tmp_path / "bad.csv")) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", "titles.txt"]


def test_without_rejects_there_is_no_rejects_file(asked, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("title;id\nAna;1\n")
    assert run(path) == "a.csv: 1 rows read, 1 new titles, 0 repeated, 0 rejected\n"
    assert list(tmp_path.iterdir()) == [path]


def test_no_tag_asks_nobody(file, asked):
    run(file, "--no-tag")
    assert (Title.objects.count(), asked) == (2, [])


def test_a_broker_that_is_down_is_asked_once_and_told_of(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(ingest, "CHUNK", 2)
    monkeypatch.setattr(jobs, "start_tagging", asked.append)  # None, as good as False
    path = tmp_path / "a.txt"
    path.write_text("a\nb\nc\nd\ne\n")
    said = run(path).splitlines()
    assert said == [
        "a.txt: 5 rows read, 5 new titles, 0 repeated, 0 rejected",
        "The broker does not answer. The titles are stored and will be tagged when it is back.",
    ]
    assert (Title.objects.count(), len(asked)) == (5, 1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.txt", None, "absent.txt: No such file or directory"),
        ("a.xlsx", b"PK", "not a .txt, .csv or .jsonl file"),
        ("a.csv", b"artiste,ville\nAna,Lyon", "the columns are: artiste, ville"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing_behind(name, content, message, tmp_path, asked):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    before = list(tmp_path.iterdir())
    with pytest.raises(CommandError, match=message):
        run(path)
    assert (Batch.objects.count(), list(tmp_path.iterdir()), asked) == (0, before, [])


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(CommandError, match="Is a directory"):
        run(tmp_path)


def test_the_file_that_is_read_is_never_overwritten(file, asked):
    before = file.read_bytes()
    with pytest.raises(CommandError, match="names the file that is read"):
        run(file, "--rejects", file.parent / "." / file.name)
    assert (file.read_bytes(), Batch.objects.count()) == (before, 0)


def test_a_place_where_rejects_cannot_be_written_is_refused_first(file, asked, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (file.parent, os.W_OK))
    with pytest.raises(CommandError, match="another place with --rejects"):
        run(file)
    assert Batch.objects.count() == 0


def test_importing_twice_makes_no_title_twice(file, asked):
    run(file)
    assert "5 rows read, 0 new titles, 3 repeated, 2 rejected" in run(file)
    assert (Batch.objects.count(), Title.objects.count(), Occurrence.objects.count()) == (2, 2, 6)


def test_ctrl_c_leaves_what_is_stored_and_the_next_run_goes_on(file, asked, monkeypatch):
    def interrupt(_ids: list[int]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ingest, "CHUNK", 2)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "start_tagging", interrupt)
        with pytest.raises(CommandError, match="goes on where it was") as caught:
            run(file)
    assert caught.value.returncode == 130
    assert list(file.parent.iterdir()) == [file]
    assert "5 rows read, 2 new titles, 1 repeated, 2 rejected" in run(file)
    assert (Batch.objects.count(), Title.objects.count(), Occurrence.objects.count()) == (1, 2, 3)


@pytest.mark.faults
def test_killed_half_way_and_run_again_ends_as_if_run_once(tmp_path):
    path, database = tmp_path / "many.txt", tmp_path / "db.sqlite3"
    path.write_text("".join(f"title {number % 30_000}\n" for number in range(40_000)) + "\x07\n")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "annotator.settings.test"}

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)

    def count(table: str) -> int:
        with closing(sqlite3.connect(database, timeout=20)) as connection:
            return connection.execute(f"select count(*) from annotator_{table}").fetchone()[0]  # noqa: S608

    assert start("migrate", "--verbosity=0").communicate() == ("", None)
    with start("import_titles", str(path), "--no-tag") as first:
        wait_until(lambda: count("occurrence"), seconds=60)
        first.send_signal(signal.SIGKILL)
    assert 0 < count("occurrence") < 40_000
    said, _nothing = start("import_titles", str(path), "--no-tag").communicate()
    assert "40001 rows read, 30000 new titles, 10000 repeated, 1 rejected" in said
    assert [count(table) for table in ("batch", "title", "occurrence")] == [1, 30_000, 40_000]
