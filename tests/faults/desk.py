"""A real `manage.py up` for tests, in a directory of its own, and a view of its processes."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import redis
from celery import Celery

from annotator.settings.env import BASE_DIR
from tests.processes import runs, wait_until

QUEUE = "tag"
# What would lead a desk of a test to data that are not its own.
ELSEWHERE = {"SECRET_KEY", "BIND", "DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE", "MODELS_DIR"}
BAND_HIGH = 0.5


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class RunningDesk:
    """`start()` returns when the site answers; `output` is what the screen shows."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.port = free_port()
        self.screen = var_dir.parent / "screen.txt"
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: dict[int, str] = {}

    def launch(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        inherited = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        settings = {"DJANGO_SETTINGS_MODULE": "tests.faults.desk_settings", "VAR_DIR": str(self.var_dir)}
        with self.screen.open("w") as screen:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(self.port), *options],
                cwd=BASE_DIR,
                env=inherited | settings | environment,
                stdout=screen,
                stderr=subprocess.STDOUT,
            )
        return self.process

    def start(self, *options: str, **environment: str) -> None:
        self.launch(*options, **environment)
        wait_until(lambda: self._is_open() and "desk@" in self.output, seconds=60)
        self.look()

    def _is_open(self) -> bool:
        assert self.process.poll() is None, self.output
        return "Lineup Desk is open" in self.output

    @property
    def output(self) -> str:
        return self.screen.read_text()

    def look(self) -> dict[int, str]:
        """The supervisor's descendants now: process id -> command line. Remembers them all."""
        found = descendants(self.process.pid)
        self.seen |= found
        return found

    def child(self, word: str) -> int:
        """The id of the child itself (not of its own children) whose command line holds `word`."""
        self.look()
        return self.child_seen(word)

    def child_seen(self, word: str) -> int:
        return min(pid for pid, command in self.seen.items() if word in command)

    def living(self, word: str) -> int:
        return min(pid for pid, command in self.look().items() if word in command)

    def survivors(self) -> dict[int, str]:
        return {pid: command for pid, command in self.seen.items() if runs(pid)}

    def wait_for_the_end_of_all(self, seconds: float = 5) -> None:
        """Fails the test with the command lines of those that live on."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.survivors(), seconds=seconds)
        assert self.survivors() == {}, self.survivors()

    def stop(self, signum: signal.Signals = signal.SIGINT, seconds: float = 60) -> int:
        self.look()
        self.process.send_signal(signum)
        return self.process.wait(timeout=seconds)

    @property
    def socket(self) -> Path:
        return self.var_dir / "broker.sock"

    def send_slow_task(self, path: Path, seconds: float) -> None:
        with Celery(broker=f"redis+socket://{self.socket}", set_as_current=False) as app:
            app.send_task("lineup.tag.slow_test_task", args=[str(path), seconds], queue=QUEUE)

    def unacked(self) -> int:
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            return client.hlen("unacked")


class TaggingDesk(RunningDesk):
    """One whose work comes in small pieces, with a model that reads quickly and badly."""

    def __init__(self, var_dir: Path, starter: Path, **environment: str) -> None:
        super().__init__(var_dir)
        self.environment = {
            "STARTER_DIR": str(starter),
            "TAG_CHUNK": "10",
            "RECOVERY_SECONDS": "3",
            "BAND_HIGH": str(BAND_HIGH),
            "BAND_MIDDLE": "0.2",
        } | environment

    def open(self) -> None:
        self.start("--no-demo", **self.environment)

    def manage(self, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE} | self.environment
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

    def kill(self, word: str) -> None:
        """The child whose command line holds `word` and that lives now, with all below it."""
        child = self.living(word)
        for pid in [child, *descendants(child)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def descendants_of(self, word: str) -> list[int]:
        """Those below the child whose command line holds `word` and that lives now."""
        return list(descendants(self.living(word)))

    def kill_pool(self) -> None:
        """The processes that do the work, not the one that hands it out."""
        for pid in descendants(self.child("celery")):
            os.kill(pid, signal.SIGKILL)


class PostgresDesk(TaggingDesk):
    """One whose database is a server."""

    def __init__(self, var_dir: Path, starter: Path, database_url: str, **environment: str) -> None:
        super().__init__(var_dir, starter, DATABASE_URL=database_url, **environment)
        self.database_url = database_url

    def query(self, sql: str) -> list[tuple]:
        """Waits for a server that recovers."""

        def answer() -> list[list[tuple]]:
            try:
                with psycopg.connect(self.database_url) as connection:
                    return [connection.execute(sql).fetchall()]
            except psycopg.OperationalError:
                return []

        return wait_until(answer, seconds=60)[0]

    def keep_what_is_committed(self) -> None:
        """As every server does but those of the tests, which are in a hurry."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("alter database postgres set synchronous_commit = on")

    def crash_database(self) -> None:
        """One of the server's processes is killed: it ends all connections, recovers from its log, and takes new ones after a moment."""
        (pid,) = self.query(
            "select pid from pg_stat_activity where datname is not null and pid <> pg_backend_pid() limit 1"
        )[0]
        os.kill(pid, signal.SIGKILL)


def descendants(root: int) -> dict[int, str]:
    """Process id -> command line of every process below `root` that lives now."""
    parents, commands = {}, {}
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            pid = int(directory.name)
            parents[pid] = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
            commands[pid] = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return {pid: command for pid, command in commands.items() if root in _ancestors(pid, parents)}


def _ancestors(pid: int, parents: dict[int, int]) -> set[int]:
    found = set()
    while (pid := parents.get(pid, 0)) > 0:
        found.add(pid)
    return found
