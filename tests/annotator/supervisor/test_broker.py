import subprocess
import sys

import pytest
import redis
from celery import Celery

from annotator.supervisor import broker
from annotator.supervisor.errors import DeskError
from tests.processes import wait_until


@pytest.fixture
def start_broker(tmp_path):
    """Starts the real embedded broker in tmp_path."""
    servers = []

    def start():
        socket, directory = tmp_path / "b.sock", tmp_path / "broker"
        broker.make_broker_directories(socket=socket, directory=directory)
        server = subprocess.Popen(broker.broker_command(socket=socket, directory=directory))
        servers.append(server)
        broker.wait_for_broker(socket=socket, directory=directory, alive=lambda: server.poll() is None)
        return server

    yield start
    for server in servers:
        server.kill()
        server.wait()


@pytest.fixture
def celery(tmp_path):
    app = Celery(broker=f"redis+socket://{tmp_path / 'b.sock'}", set_as_current=False)
    app.conf.broker_transport_options = {"visibility_timeout": 3600}
    yield app
    app.close()


def send(app, text):
    with app.connection_for_write() as connection, connection.SimpleQueue("tag") as queue:
        queue.put(text)


TAKE_AND_DIE = """
import os, sys
from kombu import Connection, Queue
print(Queue("tag")(Connection(sys.argv[1]).default_channel).get().payload, flush=True)
os.kill(os.getpid(), 9)
"""


def take_and_die(app):
    """What a killed worker leaves: the message is out of the queue, and nobody says that it was done."""
    command = [sys.executable, "-c", TAKE_AND_DIE, app.conf.broker_url]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def client_of(app):
    return redis.Redis(unix_socket_path=app.conf.broker_url.removeprefix("redis+socket://"))


def waiting(app):
    with client_of(app) as client:
        return client.llen("tag")


def test_restore_unacked_gives_back_what_a_dead_worker_took(start_broker, celery):
    start_broker()
    send(celery, "tag these")
    assert take_and_die(celery) == "tag these"
    assert waiting(celery) == 0
    assert broker.restore_unacked(celery) == 1
    assert waiting(celery) == 1
    assert broker.restore_unacked(celery) == 0
    assert waiting(celery) == 1


def test_restore_unacked_is_not_held_up_by_the_mutex_of_a_dead_worker(start_broker, celery):
    start_broker()
    send(celery, "tag these")
    take_and_die(celery)
    with client_of(celery) as client:
        client.set("unacked_mutex", "a dead worker", ex=300)
    assert broker.restore_unacked(celery) == 1
    assert waiting(celery) == 1


def is_written(persistence):
    return persistence["aof_buffer_length"] == persistence["aof_pending_bio_fsync"] == 0


def test_messages_outlive_a_killed_broker(start_broker, celery):
    """Once its log is written: behind a slow disk it may lag for a second, and what is lost then is found again in the database."""
    server = start_broker()
    send(celery, "tag these")
    with client_of(celery) as client:
        wait_until(lambda: is_written(client.info("persistence")))
    server.kill()
    server.wait()
    start_broker()
    assert waiting(celery) == 1


def test_socket_is_for_this_user_alone(start_broker, tmp_path):
    start_broker()
    assert (tmp_path / "b.sock").stat().st_mode & 0o777 == 0o700


def test_wait_for_broker_says_where_a_dead_one_wrote_why(tmp_path):
    with pytest.raises(DeskError, match=r"did not start: see .*valkey\.log"):
        broker.wait_for_broker(socket=tmp_path / "b.sock", directory=tmp_path, alive=lambda: False)


def test_wait_for_broker_does_not_wait_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "READY_SECONDS", 0.1)
    with pytest.raises(DeskError, match=r"did not answer on .*b\.sock within 0\.1 seconds"):
        broker.wait_for_broker(socket=tmp_path / "b.sock", directory=tmp_path, alive=lambda: True)


def test_require_broker_accepts_one_that_answers(start_broker, tmp_path):
    start_broker()
    assert broker.require_broker(f"unix://{tmp_path / 'b.sock'}") is None


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "http://127.0.0.1:1", "redis://127.0.0.1:port"])
def test_require_broker_names_the_setting_that_leads_nowhere(url):
    with pytest.raises(DeskError, match="The broker that REDIS_URL names does not answer"):
        broker.require_broker(url)


def test_make_broker_directories_refuses_a_socket_in_the_directory_of_another(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.owner", lambda path: "mallory" if path.name == "sockets" else "me")
    with pytest.raises(DeskError, match=r"belongs to mallory; set BROKER_SOCKET"):
        broker.make_broker_directories(socket=tmp_path / "sockets" / "b.sock", directory=tmp_path / "broker")
