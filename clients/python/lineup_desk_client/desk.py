"""The desk itself: one method for each thing that a service asks."""

import json
import time
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Any, Self

import urllib3

from lineup_desk_client.errors import DeskError, DeskUnreachable
from lineup_desk_client.models import Batch, Match, ModelVersion, Prediction, Result

NAMES_PER_REQUEST = 200
RETRIED = (429, 502, 503, 504)
Title = str | tuple[str, str]


class Desk:
    """One desk, asked with one token. Connections are kept and shared by threads.

    timeout: seconds that one answer may take. retries: how often a desk that is busy or away is asked again, where that is harmless, after
    0.5, 1, 2 ... seconds or as long as it says itself.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 60.0, retries: int = 5) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Token {token}", "Accept": "application/json"}
        self._retries = urllib3.Retry(
            total=retries,
            redirect=0,
            status_forcelist=RETRIED,
            allowed_methods=None,
            backoff_factor=0.5,
            backoff_jitter=0.2,
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10.0, read=timeout), maxsize=16)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._pool.clear()

    def predict(self, title: str) -> Prediction:
        """Reads one title now. Nothing is stored."""
        return Prediction.of(self._ask("POST", "/api/v1/predict", {"title": title}))

    def predict_many(self, titles: Iterable[str], *, chunk: int = 500) -> Iterator[Prediction]:
        """Reads titles now, `chunk` in a request, in their order. Nothing is stored."""
        rest = iter(titles)
        while part := list(islice(rest, chunk)):
            answer = self._ask("POST", "/api/v1/predict", {"titles": part})
            yield from map(Prediction.of, answer["predictions"])

    def send_batch(self, titles: Iterable[Title], *, name: str = "", key: str | None = None) -> Batch:
        """Has titles stored, read and reviewed. A title is a text, or a text with your own id for it.

        All are stored or none. `key` names the request: sent again with the same key it is the same batch.
        """
        items = [title if isinstance(title, str) else {"title": title[0], "id": title[1]} for title in titles]
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return Batch.of(self._ask("POST", "/api/v1/batches", {"titles": items, "name": name}, headers))

    def batch(self, batch_id: str) -> Batch:
        return Batch.of(self._ask("GET", f"/api/v1/batches/{batch_id}"))

    def wait_for(self, batch_id: str, *, seconds: float, every: float = 1.0) -> Batch:
        """The batch once it has ended, done or failed. Raises TimeoutError after `seconds`. A webhook needs no waiting."""
        deadline = time.monotonic() + seconds
        while not (batch := self.batch(batch_id)).ended:
            if time.monotonic() + every > deadline:
                message = f"Batch {batch_id} is still {batch.state} after {seconds} s."
                raise TimeoutError(message)
            time.sleep(every)
        return batch

    def results(self, batch_id: str, *, page_size: int = 500) -> Iterator[Result]:
        """All rows of a batch in their order, page by page."""
        return map(Result.of, self._pages(f"/api/v1/batches/{batch_id}/results?page_size={page_size}"))

    def match_artists(self, names: Iterable[str]) -> Iterator[Match]:
        """Which artists names mean, in the order of the names."""
        rest = iter(names)
        while part := list(islice(rest, NAMES_PER_REQUEST)):
            answer = self._ask("POST", "/api/v1/artists/match", {"names": part})
            yield from map(Match.of, answer["matches"])

    def models(self) -> Iterator[ModelVersion]:
        """Newest first."""
        return map(ModelVersion.of, self._pages("/api/v1/models"))

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        following: str | None = path
        while following:
            page = self._ask("GET", following)
            yield from page["results"]
            following = page["next"]

    def _ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        """`path` begins with a slash, or is an address that the desk gave: its path is asked at the address that we know."""
        path = path if path.startswith("/") else urllib3.util.parse_url(path).request_uri
        data = None if body is None else json.dumps(body).encode()
        sent = self._headers | (headers or {}) | ({} if data is None else {"Content-Type": "application/json"})
        try:
            answer = self._pool.request(method, self._url + path, body=data, headers=sent, retries=self._retries)
        except urllib3.exceptions.HTTPError as error:
            raise DeskUnreachable(str(error)) from error
        found = _json(answer)
        if answer.status >= 300 or found is None:
            raise DeskError.of(answer.status, found, answer.headers.get("X-Request-ID"))
        return found


def _json(answer: urllib3.BaseHTTPResponse) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
