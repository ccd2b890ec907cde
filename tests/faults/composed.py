"""The services of docker-compose.yml as plain processes: the same commands, variables, health checks and times, without containers."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from annotator.settings.env import BASE_DIR
from tests.containers import COMPOSE, STAGES, own_services, seconds
from tests.faults.desk import descendants, free_port
from tests.processes import runs, wait_until

EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (BASE_DIR / ".env.example").read_text(encoding="utf8"), re.MULTILINE))


class ComposedDesk:
    """What a container brings with it is put in its place: addresses, /tmp, /run/secrets, the volume, the static files of the image."""

    def __init__(self, directory: Path, *, database_url: str, redis_url: str) -> None:
        self.directory = directory
        self.port = free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.below: dict[int, str] = {}
        for name in ("tmp", "secrets", "var", "static"):
            (directory / name).mkdir(parents=True)
        (directory / "secrets/secret_key").write_text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST\n")
        (directory / "secrets/database_url").write_text(f"{database_url}\n")
        self.replaced = {
            "redis://redis:6379/0": redis_url,
            "/run/secrets/": f"{directory}/secrets/",
            "/var/lib/lineup": str(directory / "var"),
            "/srv/static": str(directory / "static"),
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "/opt/venv/bin": str(Path(sys.executable).parent),
            "/tmp/": f"{directory}/tmp/",
        }

    def environment(self, name: str) -> dict[str, str]:
        service = own_services()[name]
        image = STAGES[service["build"]["target"]].environment
        written = {key: self._filled_in(value) for key, value in service["environment"].items()}
        outside = {"PATH": os.environ["PATH"], "TMPDIR": f"{self.directory}/tmp"}
        inside = {key: self._here(value.replace("$PATH", outside["PATH"])) for key, value in (image | written).items()}
        return outside | inside

    def run(self, name: str, *command: str, **environment: str) -> str:
        """The output of a command that ends, in the surroundings of a service; fails the test when it fails."""
        answer = subprocess.run(
            command, cwd=BASE_DIR, env=self.environment(name) | environment, capture_output=True, text=True
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def start(self, name: str, **environment: str) -> None:
        with self.log(name).open("w") as log:
            self.running[name] = subprocess.Popen(
                self.command(name),
                cwd=BASE_DIR,
                env=self.environment(name) | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def command(self, name: str) -> list[str]:
        return [self._here(part) for part in own_services()[name]["command"]]

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def wait_until_healthy(self, name: str, seconds: float = 60) -> None:
        def is_healthy() -> bool:
            assert self.running[name].poll() is None, self.log(name).read_text()
            return self.is_healthy(name)

        wait_until(is_healthy, seconds=seconds)

    def is_healthy(self, name: str) -> bool:
        """By the very check that Compose runs: of the service, or else of its image."""
        service = own_services()[name]
        written = service.get("healthcheck", {}).get("test")
        check = written or json.loads(STAGES[service["build"]["target"]].last("HEALTHCHECK").partition("CMD ")[2])
        command = [self._here(part) for part in check if part != "CMD"]
        return subprocess.run(command, env=self.environment(name), capture_output=True).returncode == 0

    def reload_web(self) -> None:
        """New web processes take over from the old ones, which end when they have answered: gunicorn's HUP."""
        master = self.running["web"].pid
        old = set(descendants(master))
        os.kill(master, signal.SIGHUP)
        wait_until(lambda: descendants(master) and not old & set(descendants(master)), seconds=60)

    def stop(self, name: str) -> float:
        """Seconds until it was gone with all below it; fails the test after the time that Compose gives it."""
        process = self.running.pop(name)
        self.below |= descendants(process.pid)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=seconds(COMPOSE["services"][name]["stop_grace_period"]))
        return time.monotonic() - began

    def survivors(self) -> list[str]:
        return [command for pid, command in self.below.items() if runs(pid)]

    def kill_all(self) -> None:
        for process in self.running.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _here(self, text: str) -> str:
        places = "|".join(map(re.escape, sorted(self.replaced, key=len, reverse=True)))
        return re.sub(places, lambda found: self.replaced[found[0]], text)

    def _filled_in(self, value: str) -> str:
        """`${NAME:-default}` and `${NAME:?message}` as Compose reads them, with .env.example as .env."""
        return re.sub(
            r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}", lambda found: EXAMPLE.get(found[1], found[2] or ""), str(value)
        )
