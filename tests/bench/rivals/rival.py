"""What both rivals share: an environment from the package index, and servers that are started and ended."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import ClassVar

from tests.bench.rivals.browser import Browser, Refused, wait_for
from tests.bench.rivals.environments import Environment, megabytes_in, megabytes_of
from tests.faults.desk import ELSEWHERE, free_port

OURS = ELSEWHERE | {"DJANGO_SETTINGS_MODULE"}  # what would lead a rival to our database or settings


class Rival:
    """`start` makes `browser`, which is signed in then; `import_waiting` and `import_annotated` make a project each."""

    name: ClassVar[str]
    program: ClassVar[str]
    pins: ClassVar[tuple[str, ...]]
    variables: ClassVar[dict[str, str]]  # of its processes; {home} is where its data go

    def __init__(self, environments: Path, limit: float) -> None:
        self.environment = Environment.of(environments, self.program, self.pins)
        self.limit = limit
        self.servers: list[subprocess.Popen[bytes]] = []

    def install(self) -> float:
        self.environment.build()
        return megabytes_of(self.environment.installed())

    @property
    def release(self) -> str:
        return f"{self.name} {self.environment.release(self.program)} (Django {self.environment.release('django')})"

    def open(self, home: Path) -> int:
        """A new place for its data; the port that it is to listen on."""
        port = free_port()
        self.home, self.browser, self.numbers = home, Browser(port, self.limit), count(1)
        return port

    def run(self, *words: str) -> None:
        """A command that ends."""
        with self.log.open("ab") as log:
            done = subprocess.run(self._command(words), env=self._surroundings(), stdout=log, stderr=log)
        if done.returncode:
            raise Refused(self._last_words())

    def serve(self, *words: str) -> None:
        """In a process group of its own, so that all that it starts ends with it."""
        with self.log.open("ab") as log:
            server = subprocess.Popen(
                self._command(words), env=self._surroundings(), stdout=log, stderr=log, start_new_session=True
            )
        self.servers.append(server)

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Raises Refused at once where a server has ended."""

        def holds() -> object:
            if any(server.poll() is not None for server in self.servers):
                raise Refused(self._last_words())
            return condition()

        wait_for(holds, self.limit)

    def _command(self, words: Iterable[str]) -> list[str]:
        return [self.environment.executable(self.program), *words]

    def _surroundings(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        return kept | {name: value.format(home=self.home) for name, value in self.variables.items()}

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-300:]

    @property
    def log(self) -> Path:
        return self.home / "log"

    def stop(self) -> None:
        for server in self.servers:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        self.servers = []

    def roots(self) -> list[int]:
        return [server.pid for server in self.servers]

    def stored_megabytes(self) -> float:
        return megabytes_in(self.home)
