import numpy as np
import pytest

from ner_core.labels import LabelScheme
from ner_core.lattice import DecoderSettings
from ner_core.spans import Span
from ner_core.tagger import TextLogits
from ner_core.text import NormalisedText
from ner_core.training.fit import Judged, collect_samples, fit_decoder, fit_transitions, mean_loss

SCHEME = LabelScheme.bio()
SETTINGS = DecoderSettings(SCHEME)


def judged(words: list[tuple[str, str, str]], *, sure: float = 2.0) -> Judged:
    """(word, class that the model prefers, right class) for each word."""
    text, offsets, spans = "", [], []
    for word, _, right in words:
        start = len(text) + bool(text)
        text = f"{text} {word}".strip()
        offsets.append((start, len(text)))
        if right.startswith("I-") and spans:
            spans[-1] = Span(spans[-1].start, len(text), spans[-1].label)
        elif right != "O":
            spans.append(Span(start, len(text), right[2:]))
    logits = np.stack([np.eye(len(SCHEME.id2label))[SCHEME.id2label.index(given)] * sure for _, given, _ in words])
    return Judged(TextLogits(NormalisedText.of(text), offsets, logits.astype(np.float32)), tuple(spans))


RIGHT = judged([("Ada", "B-PER", "B-PER"), ("Lane", "I-PER", "I-PER"), ("live", "O", "O")], sure=4)
WRONG = judged([("Kino", "B-PER", "B-LOC"), ("today", "O", "O")], sure=1)


def test_transitions_make_the_seen_moves_likelier() -> None:
    found = fit_transitions([RIGHT] * 20, SETTINGS)
    begin, inside, outside = (SCHEME.id2label.index(name) for name in ("B-PER", "I-PER", "O"))
    assert found[begin, inside] > 0
    assert found[inside, outside] > 0
    assert found[outside, begin] <= 0
    assert np.isfinite(found).all()


def test_transitions_lower_the_loss() -> None:
    titles = [RIGHT] * 10 + [WRONG] * 3
    learned = DecoderSettings(SCHEME, fit_transitions(titles, SETTINGS))
    assert mean_loss(titles, learned) < mean_loss(titles, SETTINGS)


def test_samples_say_what_was_right() -> None:
    spans, readings = collect_samples([RIGHT, WRONG], SETTINGS)
    assert [(label, right) for label, _, right in spans] == [("PER", True), ("PER", False)]
    assert [(right, labels) for _, right, labels in readings] == [(True, ["PER"]), (False, ["PER"])]


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_fitted_confidence_is_near_the_share_of_right_titles(method: str) -> None:
    fitted = fit_decoder([RIGHT] * 80 + [WRONG] * 20, SETTINGS, transitions=False, method=method)
    _, readings = collect_samples([RIGHT, WRONG], fitted.decoder)
    right, wrong = (fitted.calibration.confidence(probability, labels) for probability, _, labels in readings)
    assert right > 0.9
    assert wrong < 0.2


def test_loss_of_a_title_without_words_is_left_out() -> None:
    empty = Judged(TextLogits(NormalisedText.of(""), [], np.zeros((0, len(SCHEME.id2label)), dtype=np.float32)), ())
    assert mean_loss([empty], SETTINGS) == 0.0
