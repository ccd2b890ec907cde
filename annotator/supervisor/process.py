"""One supervised child process, and stopping several of them in good order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from annotator.settings.env import BASE_DIR
from annotator.supervisor.locks import kill_group
from annotator.supervisor.log import Console

SETTLED_SECONDS = 30.0  # a child that lived this long starts again without a pause
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """A command that is kept running. `stop_steps`: signals and the seconds each is given before the next; SIGKILL ends the list."""

    name: str
    command: list[str]
    console: Console
    stop_steps: tuple[tuple[signal.Signals, float], ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    inherited_fds: tuple[int, ...] = ()
    may_start: Callable[[], bool] | None = None
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Starts the command in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(
            self.command,
            cwd=BASE_DIR,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self.inherited_fds,
        )
        self.started_at = time.monotonic()
        self.console.follow(self.name, self.process.stdout)

    def tend(self) -> bool:
        """Notices an end and starts again when its pause is over; returns whether it was started now."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return False
            self._note_end(now)
        if now < self.start_again_at or (self.may_start and not self.may_start()):
            return False
        self.start()
        return True

    def send(self, signum: signal.Signals) -> None:
        if self.alive:
            self.process.send_signal(signum)

    def kill_rest(self) -> None:
        """Ends whatever of the child's process group is left."""
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.wait()

    def _note_end(self, now: float) -> None:
        self.kill_rest()
        settled = now - self.started_at >= SETTLED_SECONDS
        self.failures = 0 if settled else self.failures + 1
        pause = 0.0 if settled else min(0.5 * 2 ** (self.failures - 1), LONGEST_PAUSE)
        self.start_again_at = now + pause
        self.console.write("desk", f"{self.name} {describe_end(self.process.returncode)}; starts again in {pause:g} s")
        self.process = None


def describe_end(code: int) -> str:
    """How a process ended, in words: a negative code is a signal."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def stop_children(children: list[Child], *, hurry: Callable[[], bool]) -> None:
    """Walks all children through their stop steps at the same time and returns when none of their processes is left.

    While `hurry()` is true a step gets no time: the next signal follows at once.
    """
    waiting = {child.name: (child, iter(child.stop_steps), 0.0) for child in children if child.alive}
    while waiting:
        for name, (child, steps, deadline) in list(waiting.items()):
            if not child.alive:
                del waiting[name]
            elif hurry() or time.monotonic() >= deadline:
                waiting[name] = (child, steps, time.monotonic() + _next_step(child, steps))
        time.sleep(0.05)
    for child in children:
        child.kill_rest()


def _next_step(child: Child, steps: Iterator[tuple[signal.Signals, float]]) -> float:
    signum, seconds = next(steps, (signal.SIGKILL, 5.0))
    if signum == signal.SIGKILL:
        child.kill_rest()
    else:
        child.send(signum)
    return seconds
