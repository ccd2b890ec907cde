"""The address that the desk is served at."""

import errno
import socket
from dataclasses import dataclass
from typing import Self

from annotator.supervisor.errors import DeskError

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  recognised, not chosen


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @classmethod
    def parse(cls, bind: str) -> Self:
        """From HOST:PORT or [IPv6]:PORT."""
        host, _, port = bind.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            message = f"BIND must be HOST:PORT, like 127.0.0.1:8000, not {bind!r}."
            raise DeskError(message)
        return cls(host.strip("[]"), int(port))

    @property
    def bind(self) -> str:
        return f"{self._bracketed(self.host)}:{self.port}"

    @property
    def reachable_host(self) -> str:
        """A host that this machine can connect to."""
        return ANYWHERE.get(self.host, self.host)

    @property
    def url(self) -> str:
        return f"http://{self._bracketed(self.reachable_host)}:{self.port}/"

    def check_free(self) -> None:
        """Raises DeskError when the address cannot be listened on."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise DeskError(self._explain(error)) from error

    def _explain(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return f"Port {self.port} is in use by another program. Choose another: make run PORT={self.port + 1}"
        return f"Cannot listen on {self.bind}: {error.strerror or error}."

    @staticmethod
    def _bracketed(host: str) -> str:
        return f"[{host}]" if ":" in host else host
