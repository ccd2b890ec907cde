import socket

import pytest

from annotator.supervisor.address import Address
from annotator.supervisor.errors import DeskError


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        ("127.0.0.1:8000", Address("127.0.0.1", 8000)),
        ("[::1]:9000", Address("::1", 9000)),
        ("desk.example:80", Address("desk.example", 80)),
    ],
)
def test_parse_reads_host_and_port(bind, expected):
    assert Address.parse(bind) == expected
    assert expected.bind == bind


@pytest.mark.parametrize("bind", ["8000", ":8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:0", "h:65536"])
def test_parse_refuses_what_is_no_address(bind):
    with pytest.raises(DeskError, match="BIND must be HOST:PORT"):
        Address.parse(bind)


def test_url_of_all_interfaces_can_be_opened_in_a_browser():
    assert Address("0.0.0.0", 8000).url == "http://127.0.0.1:8000/"
    assert Address("::", 8000).url == "http://[::1]:8000/"


def test_check_free_accepts_a_port_that_was_just_left():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = Address("127.0.0.1", port)
    address.check_free()
    with socket.create_server(("127.0.0.1", port)) as server:
        assert server.getsockname()[1] == address.port


def test_check_free_names_a_busy_port_and_the_next():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(DeskError) as error:
            Address("127.0.0.1", port).check_free()
    assert str(error.value) == (f"Port {port} is in use by another program. Choose another: make run PORT={port + 1}")


def test_check_free_explains_a_foreign_address():
    with pytest.raises(DeskError, match=r"Cannot listen on 192\.0\.2\.1:8000: Cannot assign requested address"):
        Address("192.0.2.1", 8000).check_free()
