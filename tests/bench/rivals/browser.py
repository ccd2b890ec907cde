"""What the pages of all tools do alike: one session with cookies, the CSRF token sent back, one connection where the server keeps it."""

import time
from collections.abc import Callable
from http import HTTPStatus

import requests


class TookTooLong(Exception):
    """A step was given up."""


class Refused(Exception):
    """A tool answered a step with an error."""


class Browser:
    """Every request may take `limit` seconds."""

    def __init__(self, port: int, limit: float) -> None:
        self.base, self.limit = f"http://127.0.0.1:{port}", limit
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no .netrc

    def get(self, path: str, **params: object) -> requests.Response:
        return self._ask("GET", path, params=params)

    def post(self, path: str, **content: object) -> requests.Response:
        """`content`: json=, data= or files=, as requests takes them."""
        headers = {"X-CSRFToken": self.session.cookies.get("csrftoken", ""), "Referer": f"{self.base}/"}
        return self._ask("POST", path, headers=headers, **content)

    def answers(self, path: str) -> bool:
        try:
            return self.session.get(self.base + path, timeout=self.limit).status_code == HTTPStatus.OK
        except requests.ConnectionError:
            return False

    def _ask(self, method: str, path: str, **content: object) -> requests.Response:
        try:
            answer = self.session.request(method, self.base + path, timeout=self.limit, **content)
        except requests.Timeout as error:
            raise TookTooLong from error
        except requests.ConnectionError as error:
            raise Refused(f"{path}: {error}") from error
        if not answer.ok:
            raise Refused(f"{path}: {answer.status_code} {answer.text[:100]!r}")
        return answer


def wait_for(condition: Callable[[], object], limit: float, *, pause: float = 0.2) -> None:
    """Until it is true; raises TookTooLong after `limit` seconds."""
    ends = time.monotonic() + limit
    while not condition():
        if time.monotonic() > ends:
            raise TookTooLong
        time.sleep(pause)
