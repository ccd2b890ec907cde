"""Requests of several threads, read by the model together.

A batch costs the engine far less than its titles one by one. No thread of its own and no waiting for company: a thread that finds
nobody reading reads at once, with what waits by then, and hands on to the first that still waits (the pattern "leader and followers",
Schmidt et al., Pattern-Oriented Software Architecture 2, 2000).
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ner_core.tagger import Reading, Tagger

ROUND = 128  # titles that are read in one go; also what a newcomer waits for at the most
SHARE = 16  # titles of one request in a round when many wait

_GLANCE_SECONDS = 0.05


class QueueFull(Exception):
    """More titles wait than may, or this request has waited for too long: the caller should come again later."""


def _held_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False)
class _Request:
    """`woken` is released once: when the request is answered, or made leader while it waits."""

    texts: Sequence[str]
    n_best: int
    readings: list[Reading] = field(default_factory=list)
    error: Exception | None = None
    is_leader: bool = False
    woken: threading.Lock = field(default_factory=_held_lock)

    @property
    def is_done(self) -> bool:
        return self.error is not None or len(self.readings) == len(self.texts)

    @property
    def left(self) -> int:
        return len(self.texts) - len(self.readings)


class MicroBatchingTagger:
    """A Tagger for many threads, in front of another.

    `most_waiting`: titles of other requests that may wait before a new request is refused; one request alone may be larger. `patience`:
    seconds that a request waits for its turn. Both raise QueueFull. Long requests are read in parts between the short ones, in the
    order of arrival. What the tagger raises reaches the request that it is about, and no other.
    """

    def __init__(self, tagger: Tagger, *, most_waiting: int, patience: float) -> None:
        self.version = tagger.version
        self.labels = tagger.labels
        self._tagger = tagger
        self._most_waiting = most_waiting
        self._patience = patience
        self._turn = threading.Lock()
        self._waiting: deque[_Request] = deque()
        self._is_read = False

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
        request = _Request(list(texts), n_best)
        if not request.texts:
            return []
        self._join(request)
        self._await_turn(request)
        while request.is_leader:
            self._lead(request)
        if request.error is not None:
            raise request.error
        return request.readings

    def _join(self, request: _Request) -> None:
        with self._turn:
            waiting = sum(other.left for other in self._waiting)
            if waiting and waiting + len(request.texts) > self._most_waiting:
                raise QueueFull
            self._waiting.append(request)
            if not self._is_read:
                self._is_read = request.is_leader = True

    def _await_turn(self, request: _Request) -> None:
        """Until the request is answered, or leads. It is not given up while a part of it is read, but between two parts it may be."""
        left = self._patience
        while not (request.is_leader or request.woken.acquire(timeout=left)):
            with self._turn:
                if request in self._waiting and not request.is_leader:
                    self._waiting.remove(request)
                    raise QueueFull
            left = _GLANCE_SECONDS

    def _lead(self, leader: _Request) -> None:
        """Reads one round; then the leader goes on, or hands on to the first that waits: also where its thread is ended meanwhile."""
        is_ended = True
        with self._turn:
            parts = self._take_round()
        try:
            self._read(parts)
            is_ended = False
        finally:
            with self._turn:
                going_on = [request for request, _texts in parts if not request.is_done]
                self._waiting.extend(request for request in going_on if not (is_ended and request is leader))
                leader.is_leader = not (leader.is_done or is_ended)
                if not leader.is_leader:
                    self._is_read = bool(self._waiting)
                    if self._waiting:
                        self._waiting[0].is_leader = True
                        self._waiting[0].woken.release()
            for request, _texts in parts:
                if request.is_done and request is not leader:
                    request.woken.release()

    def _take_round(self) -> list[tuple[_Request, Sequence[str]]]:
        """Parts of the requests that wait longest and want as many readings as the first."""
        share, n_best = max(SHARE, ROUND // len(self._waiting)), self._waiting[0].n_best
        parts: list[tuple[_Request, Sequence[str]]] = []
        room, passed = ROUND, deque[_Request]()
        while self._waiting and room:
            request = self._waiting.popleft()
            if request.n_best != n_best:
                passed.append(request)
                continue
            done = len(request.readings)
            texts = request.texts[done : done + min(share, room)]
            parts.append((request, texts))
            room -= len(texts)
        self._waiting.extendleft(reversed(passed))
        return parts

    def _read(self, parts: Sequence[tuple[_Request, Sequence[str]]]) -> None:
        try:
            readings = iter(self._tagger.tag([text for _, texts in parts for text in texts], n_best=parts[0][0].n_best))
        except Exception as error:  # noqa: BLE001  told to whoever it is about
            self._read_apart(parts, error)
            return
        for request, texts in parts:
            request.readings += [next(readings) for _text in texts]

    def _read_apart(self, parts: Sequence[tuple[_Request, Sequence[str]]], error: Exception) -> None:
        if len(parts) == 1:
            parts[0][0].error = error
            return
        for part in parts:
            self._read([part])
