"""How often one token may ask."""

import logging
import threading

from django.conf import settings
from django.views import View
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

log = logging.getLogger(__name__)

SHARE = 100  # a process takes so many parts of the rate from the common count one at a time


class Permits:
    """What this process may let through without asking the common count again, by key: of one window, the last that was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._left: dict[str, int] = {}

    def use(self, window: int, key: str) -> bool:
        with self._lock:
            left = self._of(window).get(key, 0)
            if left:
                self._left[key] = left - 1
            return left > 0

    def add(self, window: int, key: str, count: int) -> None:
        with self._lock:
            left = self._of(window)
            left[key] = left.get(key, 0) + count

    def _of(self, window: int) -> dict[str, int]:
        if window != self._window:
            self._window, self._left = window, {}
        return self._left


permits = Permits()


class TokenThrottle(SimpleRateThrottle):
    """Counts requests per token (or signed-in person) in windows of the rate's period.

    One counter in the cache, raised atomically, where DRF's own throttles keep a list of all times. A process takes a hundredth of the
    rate at once and asks again when that is used up: never more requests than the rate, however many processes there are. What a process
    took and did not use is lost until the window ends: at most a hundredth of the rate for each process beside the one that is asked, and
    for each that was replaced meanwhile.
    While the cache is down nobody is throttled, and the log says so.
    """

    def get_rate(self) -> str:
        return settings.API_RATE

    def get_cache_key(self, request: Request, view: View) -> str | None:
        if not request.user.is_authenticated:
            return None
        return getattr(request.auth, "pk", None) or f"user-{request.user.pk}"

    def allow_request(self, request: Request, view: View) -> bool:
        who = self.get_cache_key(request, view)
        if who is None:
            return True
        window = int(self.timer() // self.duration)
        try:
            return permits.use(window, who) or self._take_share(window, who)
        except RedisError:
            log.warning("The cache does not answer: requests are not counted.")
            return True

    def wait(self) -> float:
        """Seconds until the next window."""
        return self.duration - self.timer() % self.duration

    def _take_share(self, window: int, who: str) -> bool:
        """Whether there was one for this request; the others of the share are kept."""
        share = max(1, self.num_requests // SHARE)
        taken = self._raise_count(f"api-rate:{who}:{window}", share)
        granted = min(share, self.num_requests - (taken - share))
        if granted > 1:
            permits.add(window, who, granted - 1)
        return granted > 0

    def _raise_count(self, key: str, share: int) -> int:
        for _attempt in range(2):
            try:
                return self.cache.incr(key, share)
            except ValueError:  # the first of its window, unless another has just been that
                if self.cache.add(key, share, timeout=self.duration):
                    return share
        return share  # expired since
