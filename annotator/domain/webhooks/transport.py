"""One POST to one address, and nothing that a receiver could use against us: no redirects, no private network unless that is allowed,
nothing of its answer but the status."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection

from annotator.exceptions import InvalidWebhook

PORTS = {"http": 80, "https": 443}
CONNECT_SECONDS = 3
ANSWER_SECONDS = 10
ERROR_MAX_CHARS = 300
ANYCAST_RELAYS = ipaddress.ip_network("192.88.99.0/24")
WRAPPING = [ipaddress.ip_network(network) for network in ("64:ff9b::/96", "::/96")]
# Errors whose text is ours or the system's.
SPEAKING = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    ssl.SSLError,
    socket.gaierror,
    ConnectionError,
    TimeoutError,
)


@dataclass(frozen=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Outcome:
    """`status` is None where there was no answer; then `error` says why. retry_after: seconds, where the receiver asked for it."""

    status: int | None
    milliseconds: int
    error: str = ""
    retry_after: int | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def parse_url(url: str) -> Target:
    """Raises InvalidWebhook: not_an_address, or address_not_allowed for http while WEBHOOK_PRIVATE_ADDRESSES is off."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _not_an_address() from None
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None or not url.isprintable():
        raise _not_an_address()
    if parts.scheme == "http" and not settings.WEBHOOK_PRIVATE_ADDRESSES:
        raise InvalidWebhook(
            _("Only https: is allowed here (see WEBHOOK_PRIVATE_ADDRESSES)."), code="address_not_allowed", field="url"
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or PORTS[parts.scheme], path)


def find_address(target: Target) -> str:
    """The IP address to connect to: what was checked is what is used. Raises OSError, and InvalidWebhook (address_not_allowed)."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    allowed = [address for address in addresses if settings.WEBHOOK_PRIVATE_ADDRESSES or _is_public(address)]
    if not allowed:
        message = _("%(host)s is not on the public internet (see WEBHOOK_PRIVATE_ADDRESSES).") % {"host": target.host}
        raise InvalidWebhook(message, code="address_not_allowed", field="url")
    return allowed[0]


def post(url: str, *, body: bytes, headers: dict[str, str]) -> Outcome:
    """Sends once; once the name is found, it is over within CONNECT_SECONDS and ANSWER_SECONDS. What goes wrong is in the outcome: nothing
    is raised for it."""
    begun = time.monotonic()
    try:
        target = parse_url(url)
        status, retry_after = _request(target, find_address(target), body, headers)
    except InvalidWebhook as error:
        return Outcome(None, _since(begun), error.message[:ERROR_MAX_CHARS])
    except SPEAKING as error:
        return Outcome(None, _since(begun), f"{type(error).__name__}: {error}"[:ERROR_MAX_CHARS])
    except (OSError, UnicodeError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
        return Outcome(None, _since(begun), type(error).__name__)  # its text may quote what a receiver sent
    return Outcome(status, _since(begun), retry_after=retry_after)


def _request(target: Target, address: str, body: bytes, headers: dict[str, str]) -> tuple[int, int | None]:
    connection, late = _connection(target, address), threading.Event()
    hurry = threading.Timer(CONNECT_SECONDS + ANSWER_SECONDS, _cut, (connection, late))
    hurry.daemon = True
    hurry.start()
    try:
        own = {"Host": _host_header(target), "User-Agent": "lineup-desk"}
        connection.request("POST", target.path, body=body, headers=headers | own, preload_content=False)
        response = connection.getresponse()
        if late.is_set():
            raise TimeoutError(_("The answer took too long."))
        return response.status, _retry_after(response)
    finally:
        hurry.cancel()
        connection.close()


def _connection(target: Target, address: str) -> HTTPConnection:
    """To the address that was checked, under the name that TLS expects."""
    if target.scheme == "https":
        return HTTPSConnection(
            address,
            target.port,
            timeout=ANSWER_SECONDS,
            cert_reqs="CERT_REQUIRED",
            server_hostname=target.host,
            assert_hostname=target.host,
        )
    return HTTPConnection(address, target.port, timeout=ANSWER_SECONDS)


def _cut(connection: HTTPConnection, late: threading.Event) -> None:
    """Ends a request whose answer comes drop by drop."""
    late.set()
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == PORTS[target.scheme] else f"{host}:{target.port}"


def _retry_after(response: urllib3.BaseHTTPResponse) -> int | None:
    value = response.headers.get("Retry-After", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _is_public(address: str) -> bool:
    """Also of an address that only wraps another one: mapped, 6to4, NAT64, or the deprecated kind of ::a.b.c.d."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or _last_four_bytes(found) or found
    if getattr(found, "is_site_local", False) or found in ANYCAST_RELAYS:
        return False
    return found.is_global and not found.is_multicast


def _last_four_bytes(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    wraps = any(found in network for network in WRAPPING)
    return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if wraps else None


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _not_an_address() -> InvalidWebhook:
    return InvalidWebhook(_("An address looks like https://shop.example/lineups."), code="not_an_address", field="url")
