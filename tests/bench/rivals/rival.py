"""What both rivals share: an environment from the package index, and servers that are started and ended."""

import os
import signal
import subprocess
from itertools import count
from pathlib import Path
from typing import ClassVar

from tests.bench.rivals.browser import Browser
from tests.bench.rivals.environments import Environment, megabytes_in, megabytes_of
from tests.faults.desk import free_port


class Rival:
    """`start` makes `browser`, which is signed in then; `import_waiting` and `import_annotated` make a project each."""

    name: ClassVar[str]
    program: ClassVar[str]
    pins: ClassVar[tuple[str, ...]]

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

    def serve(self, *words: str, **environment: str) -> None:
        """In a process group of its own, so that all that it starts ends with it."""
        command = [self.environment.executable(self.program), *words]
        with self.log.open("ab") as log:
            server = subprocess.Popen(
                command, env=os.environ | environment, stdout=log, stderr=log, start_new_session=True
            )
        self.servers.append(server)

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
