import io
import os
import signal
import sys
import time

import pytest

from annotator.supervisor import process as process_module
from annotator.supervisor.log import Console
from annotator.supervisor.process import Child, describe_end, stop_children
from tests.processes import runs, wait_until

PRINT_THEN_SLEEP = "print('up', flush=True)\nimport time; time.sleep(60)"
IGNORE_TERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGQUIT, signal.SIG_DFL)\n"
    + PRINT_THEN_SLEEP
)
WITH_GRANDCHILD = (
    "import subprocess, sys\n"
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(p.pid, flush=True)\n"
    "import time; time.sleep(60)"
)


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def make_child(screen):
    children = []

    def make(code, **options):
        options.setdefault("stop_steps", ((signal.SIGTERM, 5.0),))
        child = Child(
            name=options.pop("name", "web"),
            command=[sys.executable, "-c", code],
            console=Console(screen),
            **options,
        )
        children.append(child)
        return child

    yield make
    for child in children:
        child.kill_rest()


def test_start_runs_the_command_in_its_own_session_and_shows_its_lines(make_child, screen):
    child = make_child("import os; print(os.getsid(0) == os.getpid(), os.environ['WORD'])", environment={"WORD": "é"})
    child.start()
    wait_until(lambda: screen.getvalue().endswith("\n"))
    assert screen.getvalue().split(" | ")[1] == "True é\n"


def test_tend_starts_a_killed_child_again_after_a_pause_that_grows(make_child, screen, monkeypatch):
    child = make_child(PRINT_THEN_SLEEP)
    assert child.tend()
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not child.alive)
    assert not child.tend()
    assert "web was ended by SIGKILL; starts again in 0.5 s" in screen.getvalue()
    wait_until(child.tend)
    assert child.process.pid != first
    child.process.kill()
    wait_until(lambda: not child.alive)
    child.tend()
    assert "web was ended by SIGKILL; starts again in 1 s" in screen.getvalue()


def test_tend_starts_a_settled_child_again_at_once(make_child, monkeypatch):
    monkeypatch.setattr(process_module, "SETTLED_SECONDS", 0.0)
    child = make_child("raise SystemExit(3)")
    child.tend()
    child.process.wait()
    assert child.tend()


def test_tend_waits_until_the_child_may_start(make_child):
    answers = iter([False, True])
    child = make_child(PRINT_THEN_SLEEP, may_start=lambda: next(answers))
    assert not child.tend()
    assert child.tend()


def test_tend_ends_what_a_killed_child_left_before_it_starts_again(make_child, screen):
    child = make_child(WITH_GRANDCHILD)
    child.start()
    wait_until(lambda: " | " in screen.getvalue())
    grandchild = int(screen.getvalue().split(" | ")[1])
    child.process.kill()
    child.process.wait()
    child.tend()
    wait_until(lambda: not runs(grandchild))
    assert not child.alive


def test_stop_children_asks_politely_first(make_child, screen):
    child = make_child(PRINT_THEN_SLEEP)
    child.start()
    wait_until(lambda: "up" in screen.getvalue())
    stop_children([child], hurry=lambda: False)
    assert child.process.returncode == -signal.SIGTERM


def test_stop_children_goes_on_to_the_next_signal_and_then_kills(make_child, screen):
    child = make_child(IGNORE_TERM, stop_steps=((signal.SIGTERM, 0.2), (signal.SIGQUIT, 5.0)))
    deaf = make_child(IGNORE_TERM, name="deaf", stop_steps=((signal.SIGTERM, 0.2),))
    for each in (child, deaf):
        each.start()
    wait_until(lambda: screen.getvalue().count("up") == 2)
    stop_children([child, deaf], hurry=lambda: False)
    assert (child.process.returncode, deaf.process.returncode) == (-signal.SIGQUIT, -signal.SIGKILL)


def test_stop_children_in_a_hurry_waits_for_nobody(make_child, screen):
    child = make_child(IGNORE_TERM, stop_steps=((signal.SIGTERM, 60.0),))
    child.start()
    wait_until(lambda: "up" in screen.getvalue())
    begun = time.monotonic()
    stop_children([child], hurry=lambda: True)
    assert child.process.returncode == -signal.SIGKILL
    assert time.monotonic() - begun < 5


def test_stop_children_leaves_no_grandchild(make_child, screen):
    child = make_child(WITH_GRANDCHILD)
    child.start()
    wait_until(lambda: " | " in screen.getvalue())
    stop_children([child], hurry=lambda: False)
    wait_until(lambda: not runs(int(screen.getvalue().split(" | ")[1])))
    assert child.process.returncode is not None


def test_stop_children_accepts_one_that_never_started(make_child):
    child = make_child(PRINT_THEN_SLEEP)
    stop_children([child], hurry=lambda: False)
    assert child.process is None


@pytest.mark.parametrize(("code", "words"), [(-9, "was ended by SIGKILL"), (1, "ended with code 1")])
def test_describe_end_names_signals(code, words):
    assert describe_end(code) == words
