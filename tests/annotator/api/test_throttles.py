from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from redis.exceptions import ConnectionError as BrokenConnection

from annotator.api import throttles
from annotator.models import ApiToken

ARTISTS = "/api/v1/artists"


@pytest.fixture
def now(monkeypatch):
    """A clock that stands still, 20 seconds into a minute."""
    moment = [1_800_000_020.0]
    monkeypatch.setattr(throttles.TokenThrottle, "timer", lambda _self: moment[0])
    return moment


@pytest.fixture(autouse=True)
def _twice_a_minute(settings):
    settings.API_RATE = "2/min"


def statuses(client, count):
    return [client.get(ARTISTS).status_code for _ in range(count)]


def test_beyond_the_rate_the_answer_is_429_until_the_window_ends(service, now):
    assert statuses(service, 3) == [200, 200, 429]

    response = service.get(ARTISTS)
    assert response.json()["error"]["code"] == "throttled"
    assert response.headers["Retry-After"] == "40"

    now[0] += 40
    assert statuses(service, 3) == [200, 200, 429]


def test_each_token_has_a_count_of_its_own(client_for, service_account, now):
    one, other = client_for(service_account), client_for(service_account)
    assert ApiToken.objects.filter(user=service_account).count() == 2

    assert (statuses(one, 3), statuses(other, 3)) == ([200, 200, 429], [200, 200, 429])


def test_a_signed_in_person_has_a_count_too(client_for, reviewer, now):
    client = client_for(None)
    client.force_login(reviewer)

    assert statuses(client, 3) == [200, 200, 429]


def test_health_is_never_throttled(service, now):
    assert [service.get("/api/v1/health/live").status_code for _ in range(4)] == [200] * 4


def test_a_cache_that_is_down_throttles_nobody_and_is_logged(service, monkeypatch, now, caplog):
    monkeypatch.setattr(throttles.TokenThrottle, "cache", Mock(incr=Mock(side_effect=BrokenConnection)))

    assert statuses(service, 3) == [200, 200, 200]
    assert "The cache does not answer" in caplog.text


def test_a_counter_that_expired_meanwhile_starts_anew(service, monkeypatch, now):
    forgetful = Mock(add=Mock(return_value=False), incr=Mock(side_effect=ValueError))
    monkeypatch.setattr(throttles.TokenThrottle, "cache", forgetful)

    assert statuses(service, 3) == [200, 200, 200]


class Process:
    """A web process with its own permits, in which one token asks."""

    def __init__(self) -> None:
        self.permits = throttles.Permits()

    def ask(self, monkeypatch, times):
        monkeypatch.setattr(throttles, "permits", self.permits)
        return sum(ask_once() for _ in range(times))


def ask_once():
    request = SimpleNamespace(user=SimpleNamespace(is_authenticated=True), auth=SimpleNamespace(pk="token"))
    return throttles.TokenThrottle().allow_request(request, None)


def test_threads_that_ask_at_once_get_the_rate_and_no_request_more(settings, now):
    settings.API_RATE = "500/min"  # in shares of five
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _number: ask_once(), range(800)))
    assert sum(answers) == 500


def test_processes_together_never_exceed_the_rate_and_lose_at_most_a_share_each(settings, now, monkeypatch):
    settings.API_RATE = "500/min"
    first, second = Process(), Process()
    assert first.ask(monkeypatch, 1) == 1  # took a share of five
    assert second.ask(monkeypatch, 600) == 495
    assert first.ask(monkeypatch, 600) == 4

    now[0] += 60
    assert first.ask(monkeypatch, 600) == 500


def test_a_share_is_taken_from_the_common_count_once(settings, now, monkeypatch):
    settings.API_RATE = "6000/min"
    asked = Mock(incr=Mock(side_effect=[60, 120]))
    monkeypatch.setattr(throttles.TokenThrottle, "cache", asked)

    assert Process().ask(monkeypatch, 61) == 61
    assert asked.incr.call_count == 2


def test_permits_of_earlier_windows_are_forgotten():
    permits = throttles.Permits()
    for window in range(10):
        permits.add(window, f"token {window}", 5)
    assert len(permits._left) <= 3
    assert permits.use(9, "token 9")
    assert not permits.use(8, "token 8")
