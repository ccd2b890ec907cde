import os
from pathlib import Path

from annotator.settings.sockets import LONGEST_SOCKET_PATH, short_socket_path


def test_short_socket_path_keeps_a_path_that_fits():
    path = Path("/srv/desk/var/broker.sock")
    assert short_socket_path(path) == path


def test_short_socket_path_is_short_and_always_the_same_for_a_deep_directory():
    deep = Path("/" + "é" * 60) / "broker.sock"
    short = short_socket_path(deep)
    assert len(os.fsencode(deep)) > LONGEST_SOCKET_PATH >= len(os.fsencode(short))
    assert short_socket_path(deep) == short
    assert short_socket_path(Path("/" + "e" * 120) / "broker.sock") != short
    assert short.name == "broker.sock"
