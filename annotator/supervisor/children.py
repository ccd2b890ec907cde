"""The processes of a desk: their command lines, and how each is stopped."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from annotator.supervisor.address import Address
from annotator.supervisor.broker import broker_command, make_broker_directories
from annotator.supervisor.locks import FileLock
from annotator.supervisor.log import Console
from annotator.supervisor.process import Child

UNDERTAKER = Path(__file__).with_name("undertaker.py")

# Tagging runs in several processes; with more threads in each they fight for the cores and are many times slower.
ONE_THREAD_EACH = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}


def start_undertaker(lock: FileLock) -> subprocess.Popen[bytes]:
    """The process that kills the groups noted in `lock` when this one is gone. Its input must stay open until then."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(UNDERTAKER), str(lock.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def make_broker(*, console: Console, lock_fd: int) -> Child:
    directory = settings.VAR_DIR / "broker"
    make_broker_directories(socket=settings.BROKER_SOCKET, directory=directory)
    return Child(
        name="broker",
        command=broker_command(socket=settings.BROKER_SOCKET, directory=directory),
        console=console,
        stop_steps=((signal.SIGTERM, 10),),
        inherited_fds=(lock_fd,),
    )


def make_worker(*, console: Console, lock_fd: int, grace: float, may_start: Callable[[], bool]) -> Child:
    # fmt: off
    command = [
        sys.executable, "-m", "celery", "--quiet", "--app", "annotator.celery_app", "worker",
        "--pool", "prefork", "--queues", "tag,import,train,export,hook", "--hostname", "desk@%h",
        "--beat", "--schedule", str(settings.VAR_DIR / "beat-schedule"),
        "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    ]
    # fmt: on
    return Child(
        name="worker",
        command=command,
        console=console,
        stop_steps=(
            (signal.SIGTERM, grace),
            (signal.SIGQUIT, 5),
        ),  # TERM: tasks may end; QUIT: they go back to the queue
        environment=ONE_THREAD_EACH,
        inherited_fds=(lock_fd,),
        may_start=may_start,
    )


def make_web(*, console: Console, lock_fd: int, address: Address) -> Child:
    return Child(
        name="web",
        command=[sys.executable, "-m", "gunicorn", "annotator.wsgi", "--bind", address.bind, "--log-level", "warning"],
        console=console,
        stop_steps=((signal.SIGTERM, 8),),
        environment=ONE_THREAD_EACH,
        inherited_fds=(lock_fd,),
    )
