"""Requests of several threads, read together."""

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from ner_core import microbatch
from ner_core.engines.fake import FakeTagger, fake_reading
from ner_core.microbatch import MicroBatchingTagger, QueueFull
from ner_core.tagger import Reading
from tests.processes import wait_until


class HeldTagger(FakeTagger):
    """Reads when it may, and fails at the word "broken"."""

    def __init__(self) -> None:
        super().__init__()
        self.may_read = threading.Event()

    def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
        readings = super().tag(texts, n_best=n_best)
        assert self.may_read.wait(10)
        if "broken" in texts:
            raise ValueError("broken")
        return readings


class Callers:
    """Threads that each ask once; `answers` by name, errors as they were raised."""

    def __init__(self, tagger: MicroBatchingTagger) -> None:
        self.tagger = tagger
        self.answers: dict[str, object] = {}
        self.threads: list[threading.Thread] = []

    def ask(self, name: str, texts: Sequence[str], *, waiting: int | None = None, n_best: int = 3) -> None:
        """Returns when `waiting` requests wait, this one included."""
        thread = threading.Thread(target=self._ask, args=(name, texts, n_best), daemon=True)
        self.threads.append(thread)
        thread.start()
        if waiting is not None:
            wait_until(lambda: len(self.tagger._waiting) == waiting)

    def _ask(self, name: str, texts: Sequence[str], n_best: int) -> None:
        try:
            self.answers[name] = self.tagger.tag(texts, n_best=n_best)
        except (QueueFull, ValueError) as error:
            self.answers[name] = error

    def finish(self) -> dict[str, object]:
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()
        return self.answers


@pytest.fixture
def held() -> HeldTagger:
    return HeldTagger()


@pytest.fixture
def callers(held: HeldTagger) -> Callers:
    return Callers(MicroBatchingTagger(held, most_waiting=6, patience=10))


def being_read(held: HeldTagger) -> Callable[[], bool]:
    return lambda: len(held.calls) == 1


def read(*texts: str) -> list[Reading]:
    return [fake_reading(text) for text in texts]


def test_who_comes_alone_is_read_at_once_and_alone(held):
    held.may_read.set()
    tagger = MicroBatchingTagger(held, most_waiting=6, patience=10)
    assert tagger.tag(["Ana Torres"]) == read("Ana Torres")
    assert tagger.tag([]) == []
    assert held.calls == [["Ana Torres"]]
    assert (tagger.version, tagger.labels) == (held.version, held.labels)


def test_who_comes_while_others_are_read_is_read_with_those_that_wait(held, callers):
    callers.ask("first", ["Ana Torres"])
    wait_until(being_read(held))
    callers.ask("second", ["Kid Orbit", "Nova Star"], waiting=1)
    callers.ask("third", ["Paper Moon"], waiting=2)
    held.may_read.set()
    assert callers.finish() == {
        "first": read("Ana Torres"),
        "second": read("Kid Orbit", "Nova Star"),
        "third": read("Paper Moon"),
    }
    assert held.calls == [["Ana Torres"], ["Kid Orbit", "Nova Star", "Paper Moon"]]


def test_an_error_reaches_the_request_that_it_is_about_and_no_other(held, callers):
    callers.ask("first", ["Ana Torres"])
    wait_until(being_read(held))
    callers.ask("bad", ["broken"], waiting=1)
    callers.ask("good", ["Kid Orbit"], waiting=2)
    held.may_read.set()
    answers = callers.finish()
    assert isinstance(answers["bad"], ValueError)
    assert answers["good"] == read("Kid Orbit")
    assert callers.tagger.tag(["Nova Star"]) == read("Nova Star")


def test_a_full_queue_refuses_and_what_waits_is_read(held, callers):
    callers.ask("first", ["Ana Torres"])
    wait_until(being_read(held))
    callers.ask("second", ["Kid Orbit"] * 4, waiting=1)
    callers.ask("too many", ["Nova Star"] * 3)
    wait_until(lambda: "too many" in callers.answers)
    callers.ask("just so", ["Nova Star"] * 2, waiting=2)
    held.may_read.set()
    answers = callers.finish()
    assert isinstance(answers["too many"], QueueFull)
    assert answers["just so"] == read("Nova Star", "Nova Star")


def test_a_large_request_is_taken_where_nobody_waits_and_read_in_parts(held, callers, monkeypatch):
    monkeypatch.setattr(microbatch, "ROUND", 4)
    monkeypatch.setattr(microbatch, "SHARE", 2)
    names = [f"Act {number}" for number in range(10)]
    callers.ask("large", names)
    wait_until(being_read(held))
    callers.ask("small", ["Kid Orbit"], waiting=1)
    held.may_read.set()
    assert callers.finish() == {"large": read(*names), "small": read("Kid Orbit")}
    assert held.calls[0] == names[:4]
    assert held.calls[1] == ["Kid Orbit", *names[4:6]]
    assert [text for call in held.calls[2:] for text in call] == names[6:]


def test_who_wants_another_number_of_readings_is_read_apart(held, callers):
    callers.ask("first", ["Ana Torres"])
    wait_until(being_read(held))
    callers.ask("one", ["Ana Torres and Kid Orbit"], waiting=1, n_best=0)
    callers.ask("three", ["Ana Torres and Kid Orbit"], waiting=2, n_best=3)
    held.may_read.set()
    answers = callers.finish()
    assert len(held.calls) == 3
    assert answers["one"] == [fake_reading("Ana Torres and Kid Orbit", n_best=0)]


def test_patience_ends(held):
    callers = Callers(MicroBatchingTagger(held, most_waiting=6, patience=0.05))
    callers.ask("first", ["Ana Torres"])
    wait_until(being_read(held))
    callers.ask("second", ["Kid Orbit"])
    wait_until(lambda: "second" in callers.answers)
    held.may_read.set()
    assert isinstance(callers.finish()["second"], QueueFull)
    assert held.calls == [["Ana Torres"]]


def test_hundreds_of_requests_at_once_each_get_their_own_readings(monkeypatch):
    monkeypatch.setattr(microbatch, "ROUND", 8)
    tagger = FakeTagger()
    callers = Callers(MicroBatchingTagger(tagger, most_waiting=10_000, patience=30))
    for number in range(200):
        callers.ask(str(number), [f"Act {number} {part}" for part in range(number % 5 + 1)])
    answers = callers.finish()
    assert all(
        answers[str(number)] == read(*(f"Act {number} {part}" for part in range(number % 5 + 1)))
        for number in range(200)
    )
    assert sorted(text for call in tagger.calls for text in call) == sorted(
        f"Act {number} {part}" for number in range(200) for part in range(number % 5 + 1)
    )


def test_a_thread_that_is_ended_while_it_leads_leaves_the_turn_to_the_next():
    class Ended(FakeTagger):
        def tag(self, texts: Sequence[str], *, n_best: int = 3) -> list[Reading]:
            if "end" in texts:
                raise KeyboardInterrupt
            return super().tag(texts, n_best=n_best)

    tagger = MicroBatchingTagger(Ended(), most_waiting=6, patience=10)
    with pytest.raises(KeyboardInterrupt):
        tagger.tag(["end"])
    assert tagger.tag(["Ana Torres"]) == read("Ana Torres")


def test_patience_ends_between_the_parts_of_a_long_request(monkeypatch):
    """It is not put off for ever because a part of it was read."""
    monkeypatch.setattr(microbatch, "SHARE", 1)
    monkeypatch.setattr(microbatch, "ROUND", 2)

    class Slow(FakeTagger):
        def tag(self, texts, *, n_best=3):
            time.sleep(0.02)
            return super().tag(texts, n_best=n_best)

    tagger, told = MicroBatchingTagger(Slow(), most_waiting=1000, patience=0.1), []

    def ask(number: int) -> None:
        try:
            told.append(len(tagger.tag([f"Ana {number} {at}" for at in range(40)])))
        except QueueFull:
            told.append(QueueFull)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(told) == 5
    assert QueueFull in told
    assert 40 in told
