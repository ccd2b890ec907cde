"""ModelTagger with real parts: a trained tokenizer, a CamemBERT network and both schemes."""

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from ner_core.artifacts import load_artifact
from ner_core.calibration import Calibration, ScoreMap
from ner_core.engines.fake import FakeEngine, FakeTagger
from ner_core.spans import Span, validate_spans
from ner_core.tagger import ModelTagger, Reading, load_tagger, merge_windows, window_starts
from ner_core.text import boundaries, normalise_title, tokens
from tests.checkpoints import SENTENCES, build_tiny_checkpoint
from tests.ner_core.strategies import nasty_texts

NASTY_TITLES = (
    "E\u0301toile d'e\u0301te\u0301 à Nîmes",
    "  Les\u00a0Ombres\u00a0\u00a0Bleues\t\tParis \n",
    "👩\u200d🎤 Ana 🎶🇫🇷 Bo 👍🏽",
    "½ ﬁnale™ … № 5 ㎏ ①",
    "Чёрный Лис и 星の夜 x Σκιές",
    "<s> Ana </s> <mask> <pad> <unk>NOTUSED ＜s＞ <S>",
    "\x00Ana\x07 \x7f Bo\ufeff",
    "\ud800Ana \udfff\ud83d",
    "e\u0301\u0323 x\u030c\u0327 \u0301",
    "คอนเสิร์ต บอดี้สแลม",
    "AC/DC,P!nk,$uicideboy$,M.I.A.",
    "\u202eAna\u200f שלום",
)


def triples(reading: Reading) -> list[tuple[int, int, str]]:
    return [span.triple for span in reading.spans]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=nasty_texts)
def test_any_text_gets_a_valid_reading_in_its_own_offsets(tiny_tagger: ModelTagger, text: str):
    (reading,) = tiny_tagger.tag([text])

    for one in (reading, *reading.alternatives):
        assert validate_spans(text, one.spans, tiny_tagger.labels) == list(one.spans)
        assert 0 <= one.confidence <= 1
        assert 0 <= one.outside_risk <= 1
        assert all(0 <= span.score <= 1 for span in one.spans)


@pytest.mark.parametrize("text", NASTY_TITLES)
def test_spans_begin_and_end_with_whole_characters(tiny_tagger: ModelTagger, text: str):
    """Every edge falls on an edge of the raw text's tokens, so marks, emoji sequences and ligatures stay whole."""
    (reading,) = tiny_tagger.tag([text], n_best=10)
    edges = set(boundaries(text))

    assert tokens(text)
    for one in (reading, *reading.alternatives):
        assert {edge for span in one.spans for edge in (span.start, span.end)} <= edges


@pytest.mark.parametrize("text", NASTY_TITLES)
def test_a_title_and_its_normal_form_get_the_same_reading(tiny_tagger: ModelTagger, text: str):
    encodable = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)

    raw, normal = tiny_tagger.tag([text, normalise_title(encodable)])

    assert [span.label for span in raw.spans] == [span.label for span in normal.spans]
    assert raw.confidence == pytest.approx(normal.confidence, abs=1e-5)


def test_typed_special_tokens_are_text(tiny_tagger: ModelTagger):
    """The model sees the same frame and no further special ids, and the typed signs keep their own offsets."""
    encoder = tiny_tagger._pieces
    for text in ("<s>", "a </s> b", "<mask>", "x <pad>", "＜s＞<s>NOTUSED", "<<s>>", "<unk>"):
        ids, offsets = encoder.encode(text)
        assert not set(ids) & encoder._special_ids
        assert max(end for _, end in offsets) == len(text)
    assert len(encoder.encode("<unk>").ids) > 1


def test_blank_texts_are_certainly_empty(tiny_tagger: ModelTagger):
    assert tiny_tagger.tag(["", " ", "\u00a0\n"]) == [Reading((), 1.0)] * 3


def test_no_texts_no_readings(tiny_tagger: ModelTagger):
    assert tiny_tagger.tag([]) == []


def test_readings_do_not_depend_on_their_neighbours(tiny_tagger: ModelTagger):
    texts = [*SENTENCES, "", "Ana", " ".join(SENTENCES)]

    together = tiny_tagger.tag(texts)
    alone = [tiny_tagger.tag([text])[0] for text in texts]
    backwards = tiny_tagger.tag(texts[::-1])[::-1]

    assert list(map(triples, together)) == list(map(triples, alone)) == list(map(triples, backwards))
    assert [one.confidence for one in together] == pytest.approx([one.confidence for one in alone], abs=1e-4)


def test_alternatives_are_other_readings_in_order(tiny_tagger: ModelTagger):
    (reading,) = tiny_tagger.tag([SENTENCES[0]], n_best=5)
    confidences = [reading.confidence, *(other.confidence for other in reading.alternatives)]

    assert len(reading.alternatives) == 5
    assert len({tuple(triples(one)) for one in (reading, *reading.alternatives)}) == 6
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) <= 1 + 1e-5
    assert tiny_tagger.tag([SENTENCES[0]], n_best=0)[0].alternatives == ()


def test_a_text_far_longer_than_the_model_is_read_to_its_end(tiny_tagger: ModelTagger):
    text = " ".join(SENTENCES * 4)

    (given,) = tiny_tagger.read_logits([text])
    (reading,) = tiny_tagger.tag([text])

    assert len(given.offsets) > 10 * tiny_tagger.artifact.max_pieces
    assert given.offsets[-1][1] == len(text)
    assert given.logits.any(axis=1).all()
    assert reading.spans[-1].start > len(text) * 0.8


def test_a_text_that_just_fits_uses_one_window(tiny_checkpoint: Path):
    artifact = load_artifact(tiny_checkpoint)
    engine = FakeEngine(11)
    tagger = ModelTagger(artifact, engine)
    room = artifact.max_pieces - 2
    text = " ".join("b" * room)
    while len(tagger._pieces.encode(text).ids) > room:
        text = text[:-1]

    tagger.read_logits([text])
    tagger.read_logits([text + " Ana Ortolan"])

    assert [len(batch) for batch in engine.batches] == [1, 2]
    assert max(len(ids) for batch in engine.batches for ids in batch) <= artifact.max_pieces


def test_windows_change_nothing_where_the_model_looks_at_single_pieces(tiny_checkpoint: Path):
    tagger = ModelTagger(load_artifact(tiny_checkpoint), FakeEngine(11))
    text = " ".join(SENTENCES)

    (given,) = tagger.read_logits([text])
    ids = tagger._pieces.encode(text).ids

    assert np.array_equal(given.logits, FakeEngine(11).logits([ids])[0])


@pytest.mark.parametrize(("length", "size"), [(0, 8), (1, 8), (8, 8), (9, 8), (16, 8), (100, 8), (100, 1), (7, 3)])
def test_window_starts_cover_everything(length: int, size: int):
    covered = {piece for first in window_starts(length, size) for piece in range(first, first + size)}

    assert set(range(length)) <= covered
    assert all(first + size <= max(length, size) for first in window_starts(length, size))


def test_merge_windows_takes_the_more_central_answer():
    left, right = np.full((4, 1), 1.0), np.full((4, 1), 2.0)

    assert merge_windows([(0, left), (2, right)], 6, 1)[:, 0].tolist() == [1, 1, 1, 2, 2, 2]


def test_scores_and_confidence_are_calibrated(tmp_path: Path):
    halved = ScoreMap(x=(-50.0, 50.0), y=(0.25, 0.25))
    calibration = Calibration(spans={"*": halved}, reading=ScoreMap(x=(-50.0, 50.0), y=(0.6, 0.6)))
    tagger = load_tagger(build_tiny_checkpoint(tmp_path, calibration=calibration), threads=1)

    (reading,) = tagger.tag([SENTENCES[0]], n_best=2)

    assert {span.score for span in reading.spans} == {0.25}
    assert reading.confidence == 0.6
    assert [other.confidence for other in reading.alternatives] == [0.4, 0.0]
    assert tagger.artifact.calibrated


def test_threads_get_the_same_readings(tiny_tagger: ModelTagger):
    expected = list(map(triples, tiny_tagger.tag(SENTENCES)))
    found: list[list] = []

    def work() -> None:
        found.append(list(map(triples, tiny_tagger.tag(SENTENCES))))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 4


def test_a_bare_sentencepiece_model_gives_the_same_readings(tmp_path: Path):
    whole = build_tiny_checkpoint(tmp_path / "whole")
    bare = build_tiny_checkpoint(tmp_path / "bare", tokenizer="sentencepiece.bpe.model")

    assert not (bare / "tokenizer.json").exists()
    assert load_tagger(bare, threads=1).tag(SENTENCES) == load_tagger(whole, threads=1).tag(SENTENCES)


def test_fake_tagger_is_deterministic_and_scripted():
    scripted = Reading((Span(0, 3, "PER", 1.0),), 1.0)
    tagger = FakeTagger(script={"Ana": scripted})

    readings = tagger.tag(["Ana", "Les Ombres at Nîmes", ""])

    assert readings[0] == scripted
    assert [span.triple[:2] for span in readings[1].spans] == [(0, 10), (14, 19)]
    assert readings == FakeTagger(script={"Ana": scripted}).tag(["Ana", "Les Ombres at Nîmes", ""])
    assert tagger.calls == [["Ana", "Les Ombres at Nîmes", ""]]
