"""`manage.py up` under fire: nothing may be left behind, nothing may be lost."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.faults.desk import RunningDesk, descendants
from tests.processes import runs, wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads processes as Linux shows them"),
]


@pytest.fixture
def desk(tmp_path):
    running = RunningDesk(tmp_path / "var")
    yield running
    if running.process and running.process.poll() is None:
        running.stop(signal.SIGTERM)
    for pid in running.survivors():
        os.kill(pid, signal.SIGKILL)


GRACE = 5  # seconds, the default of --grace
BUSY_MACHINE = 15  # what a start or an end may take longer where others compute, too


def query(desk, sql):
    connection = sqlite3.connect(desk.var_dir / "db.sqlite3")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def lines(path):
    return path.read_text().split("\n")[:-1] if path.exists() else []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_in_time_and_leaves_no_process(desk, signum):
    desk.start("--no-demo")
    names = " ".join(desk.look().values())
    assert all(name in names for name in ("undertaker.py", "valkey-server", "-m celery", "-m gunicorn"))
    begun = time.monotonic()
    assert desk.stop(signum) == 0
    assert time.monotonic() - begun < GRACE + BUSY_MACHINE
    assert desk.survivors() == {}
    assert desk.output.splitlines()[-1].endswith("Stopped.")


def test_stops_in_time_while_titles_are_tagged(desk):
    desk.start()
    wait_until(lambda: "tag_titles" in desk.output)
    begun = time.monotonic()
    assert desk.stop() == 0
    assert time.monotonic() - begun < GRACE + BUSY_MACHINE
    assert desk.survivors() == {}


@pytest.mark.parametrize("busy", [False, True])
def test_killed_supervisor_takes_everything_with_it(desk, busy):
    desk.start("--no-demo")
    if busy:
        notes = desk.var_dir / "notes.txt"
        desk.send_slow_task(notes, 60)
        wait_until(lambda: len(lines(notes)) == 1)
    assert desk.stop(signal.SIGKILL) == -signal.SIGKILL
    desk.wait_for_the_end_of_all()


def test_second_start_keeps_sign_in_and_titles(desk):
    desk.start()
    assert "Sign in as admin with the password" in desk.output
    sign_in = (desk.var_dir / "first-sign-in.txt").read_text()
    titles = query(desk, "select count(*) from annotator_title")
    assert titles[0][0] >= 300
    desk.stop()
    desk.start()
    assert "Sign in as admin; the password is in" in desk.output
    assert sign_in.split()[-1] not in desk.output
    assert (desk.var_dir / "first-sign-in.txt").read_text() == sign_in
    assert query(desk, "select count(*) from annotator_title") == titles
    assert query(desk, "select count(*) from annotator_user") == [(1,)]


@pytest.mark.parametrize("word", ["valkey-server", "-m celery", "-m gunicorn"])
def test_killed_child_is_started_again(desk, word):
    desk.start("--no-demo")
    killed = desk.child(word)
    family = {killed, *descendants(killed)}
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: any(word in command for pid, command in desk.look().items() if pid not in family))
    assert "was ended by SIGKILL; starts again in 0.5 s" in desk.output
    wait_until(lambda: not any(runs(pid) for pid in family))
    notes = desk.var_dir / "notes.txt"
    wait_until(lambda: answers(desk))
    desk.send_slow_task(notes, 0)
    wait_until(lambda: len(lines(notes)) == 2, seconds=30)


def test_worker_whose_keeper_of_the_schedule_is_killed_is_started_again(desk):
    """Celery does not see its death: lost work would never be looked for again."""
    desk.start("--no-demo")
    first = desk.child("-m celery")
    for pid in descendants(first):  # nothing tells it from those that do the work, and those Celery replaces
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not runs(first), seconds=30)
    assert "The process that keeps the schedule is gone" in desk.output
    wait_until(lambda: "worker | INFO celery.beat: beat: Starting" in desk.output.partition("is gone")[2], seconds=30)


def answers(desk):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{desk.port}/accounts/", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def test_task_of_a_killed_worker_is_run_again(desk):
    desk.start("--no-demo")
    notes = desk.var_dir / "notes.txt"
    desk.send_slow_task(notes, 3)
    wait_until(lambda: len(lines(notes)) == 1)
    os.kill(desk.child("-m celery"), signal.SIGKILL)
    wait_until(lambda: [line.split()[0] for line in lines(notes)] == ["begins", "begins", "ends"], seconds=60)
    assert "Interrupted tasks that will be run again: 1" in desk.output
    wait_until(lambda: desk.unacked() == 0)


def test_task_of_a_killed_desk_is_run_by_the_next(desk):
    desk.start("--no-demo")
    notes = desk.var_dir / "notes.txt"
    desk.send_slow_task(notes, 3)
    wait_until(lambda: len(lines(notes)) == 1)
    time.sleep(1.1)  # the broker writes to the disk every second
    desk.stop(signal.SIGKILL)
    desk.wait_for_the_end_of_all()
    assert len(lines(notes)) == 1
    desk.start("--no-demo")
    wait_until(lambda: [line.split()[0] for line in lines(notes)] == ["begins", "begins", "ends"], seconds=60)


def test_task_that_outlasts_the_grace_is_given_back(desk):
    desk.start("--no-demo", "--grace", "1")
    notes = desk.var_dir / "notes.txt"
    desk.send_slow_task(notes, 20)
    wait_until(lambda: len(lines(notes)) == 1)
    begun = time.monotonic()
    assert desk.stop() == 0
    assert time.monotonic() - begun < 1 + BUSY_MACHINE
    desk.start("--no-demo")
    wait_until(lambda: [line.split()[0] for line in lines(notes)] == ["begins", "begins", "ends"], seconds=60)


def test_second_interrupt_stops_at_once(desk):
    desk.start("--no-demo", "--grace", "60")
    notes = desk.var_dir / "notes.txt"
    desk.send_slow_task(notes, 60)
    wait_until(lambda: len(lines(notes)) == 1)
    begun = time.monotonic()
    desk.look()
    desk.process.send_signal(signal.SIGINT)
    wait_until(lambda: "Stopping" in desk.output)
    assert desk.stop() == 0
    assert time.monotonic() - begun < BUSY_MACHINE
    assert desk.survivors() == {}


def test_orphans_are_ended_by_the_next_desk(desk):
    desk.start("--no-demo")
    os.kill(desk.child("undertaker.py"), signal.SIGSTOP)
    desk.stop(signal.SIGKILL)
    os.kill(desk.child_seen("undertaker.py"), signal.SIGKILL)
    orphans = desk.survivors()
    assert len(orphans) > 4
    desk.start("--no-demo")
    assert "Ended what an earlier run had left behind: 3 process groups." in desk.output
    assert not any(runs(pid) for pid in orphans)


def test_killed_undertaker_is_replaced(desk):
    desk.start("--no-demo")
    first = desk.child("undertaker.py")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: any("undertaker.py" in command for pid, command in desk.look().items() if pid != first))
    desk.stop(signal.SIGKILL)
    desk.wait_for_the_end_of_all()
    assert not runs(first)


def test_second_desk_in_the_same_directory_refuses(desk):
    desk.start("--no-demo")
    other = RunningDesk(desk.var_dir)
    other.screen = desk.var_dir.parent / "other.txt"
    assert other.launch().wait(timeout=30) == 1
    assert f"A desk is already running in {desk.var_dir}: http://127.0.0.1:{desk.port}/, process" in other.output
    assert answers(desk)


def test_busy_port_refuses_before_anything_starts(desk):
    with socket.create_server(("127.0.0.1", desk.port)):
        assert desk.launch().wait(timeout=30) == 1
    assert f"Port {desk.port} is in use" in desk.output
    assert not (desk.var_dir / "db.sqlite3").exists()


def test_ends_with_the_process_that_started_it(desk):
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, 'manage.py', 'up', '--no-demo', '--with-parent', *sys.argv[1:]])\n"
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", code, "--port", str(desk.port)]
    with desk.screen.open("w") as screen:
        environment = os.environ | {
            "VAR_DIR": str(desk.var_dir),
            "DJANGO_SETTINGS_MODULE": "tests.faults.desk_settings",
        }
        desk.process = subprocess.Popen(command, stdout=screen, stderr=screen, env=environment)
    wait_until(lambda: "Lineup Desk is open" in desk.output, seconds=60)
    desk.stop(signal.SIGKILL)
    desk.wait_for_the_end_of_all(seconds=20)
    assert not answers(desk)


def test_works_in_a_directory_too_deep_for_a_socket(desk):
    desk.var_dir = desk.var_dir / ("deep é " * 15)
    desk.start("--no-demo")
    assert not desk.socket.exists()
    assert desk.stop() == 0
