"""Texts that are asked for again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ner_core.engines.fake import FakeTagger, fake_reading
from ner_core.remembering import RememberingTagger


@pytest.fixture
def tagger():
    return FakeTagger()


def test_each_text_is_read_once_and_answers_come_in_order(tagger):
    remembering = RememberingTagger(tagger, most=10)
    texts = ["Nova Star", "Kid Orbit", "Nova Star"]
    assert remembering.tag(texts) == [fake_reading(text) for text in texts]
    assert remembering.tag(["Ana Torres", "Kid Orbit"]) == [fake_reading("Ana Torres"), fake_reading("Kid Orbit")]
    assert remembering.tag([]) == []
    assert tagger.calls == [["Nova Star", "Kid Orbit"], ["Ana Torres"]]
    assert (remembering.version, remembering.labels) == (tagger.version, tagger.labels)


def test_another_number_of_alternatives_is_another_reading(tagger):
    remembering = RememberingTagger(tagger, most=10)
    text = "Ana Torres and Kid Orbit"
    assert remembering.tag([text], n_best=3) == [fake_reading(text, n_best=3)]
    assert remembering.tag([text], n_best=0) == [fake_reading(text, n_best=0)]


def test_what_was_not_asked_for_longest_is_forgotten(tagger):
    remembering = RememberingTagger(tagger, most=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        remembering.tag([text])
    assert tagger.calls == [["a"], ["b"], ["c"], ["b"]]


def test_with_room_for_none_everything_is_read(tagger):
    remembering = RememberingTagger(tagger, most=0)
    remembering.tag(["a"]), remembering.tag(["a"])
    assert tagger.calls == [["a"], ["a"]]


def test_what_fails_is_not_remembered():
    class Broken(FakeTagger):
        def tag(self, texts, *, n_best=3):
            super().tag(texts, n_best=n_best)
            raise ValueError("broken")

    remembering = RememberingTagger(Broken(), most=10)
    for _time in range(2):
        with pytest.raises(ValueError, match="broken"):
            remembering.tag(["a"])
    assert remembering.tagger.calls == [["a"], ["a"]]


def test_threads_at_once_get_their_own_readings(tagger):
    remembering = RememberingTagger(tagger, most=5)
    texts = [f"Act {number % 11}" for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: remembering.tag([text])[0], texts))
    assert found == [fake_reading(text) for text in texts]
