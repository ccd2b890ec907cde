"""The order of the n best readings: properties of whole spans decide, and probability is shared anew, not made."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.decoding import Decoded, decode
from ner_core.labels import LabelScheme
from ner_core.lattice import DecoderSettings
from ner_core.reranking import FEATURES, Reranker, features
from ner_core.spans import Span
from ner_core.training.rerank import choice_of, fit_reranker

TEXT = "I am Hardstyle - Utrecht"


def reading(probability, *spans):
    return Decoded(tuple(Span(start, end, label, 0.5) for start, end, label in spans), probability, 0.0)


WHOLE_PER = reading(0.6, (0, 14, "PER"), (17, 24, "LOC"))
CUT = reading(0.2, (0, 4, "PER"), (5, 14, "MISC"), (17, 24, "LOC"))
WHOLE_MISC = reading(0.1, (0, 14, "MISC"), (17, 24, "LOC"))


def counted(text, found):
    return {name: value for name, value in zip(FEATURES, features(text, found), strict=True) if value}


def test_properties_of_a_reading():
    found = counted(TEXT, CUT)
    expected = {
        "spans": 3,
        "spans_PER": 1,
        "touch_other": 1,
        "touch_PER_MISC": 1,
        "half_fills": 2,
        "fills": 1,
        "dash_MISC_LOC": 1,
    }
    assert {name: found[name] for name in expected} == expected
    assert counted("Ana & Bo", reading(0.5, (0, 3, "PER"), (6, 8, "PER")))["list_same"] == 1
    assert counted("nobody", reading(0.5)) == {"log_probability": pytest.approx(np.log(0.5)), "empty": 1}


def test_a_reading_that_cuts_a_name_in_two_goes_behind_one_that_does_not():
    reranker = Reranker({"log_probability": 1.0, "touch_other": -3.0}, candidates=3)
    ranked = reranker.rank(TEXT, [WHOLE_PER, CUT, WHOLE_MISC])
    assert [found.spans for found in ranked] == [WHOLE_PER.spans, WHOLE_MISC.spans, CUT.spans]
    assert sum(found.probability for found in ranked) == pytest.approx(0.9)


def test_the_decoders_own_order_stays_without_other_weights():
    ranked = Reranker({"log_probability": 1.0}, candidates=3).rank(TEXT, [WHOLE_PER, CUT, WHOLE_MISC])
    assert [found.probability for found in ranked] == pytest.approx([0.6, 0.2, 0.1])
    assert Reranker({}, candidates=3).rank(TEXT, [WHOLE_PER]) == [WHOLE_PER]


@given(st.lists(st.floats(1e-6, 0.1), min_size=2, max_size=8), st.floats(-3, 3))
def test_no_probability_is_made_or_lost(probabilities, weight):
    found = [reading(value, (0, 1 + index, "PER")) for index, value in enumerate(probabilities)]
    ranked = Reranker({"log_probability": 1.0, "one_word": weight}, candidates=8).rank(TEXT, found)
    assert sum(one.probability for one in ranked) == pytest.approx(sum(probabilities))
    assert [one.probability for one in ranked] == sorted((one.probability for one in ranked), reverse=True)


def test_fitting_learns_what_the_right_readings_have_in_common():
    choices = [choice_of(TEXT, [CUT, WHOLE_PER, WHOLE_MISC], WHOLE_MISC.spans) for _ in range(400)]
    ranked = fit_reranker(choices).rank(TEXT, [CUT, WHOLE_PER, WHOLE_MISC])
    assert ranked[0].spans == WHOLE_MISC.spans


def test_where_no_candidate_is_right_nothing_is_learnt():
    choice = choice_of(TEXT, [CUT, WHOLE_PER], (Span(0, 1, "DATE"),))
    assert choice.right == -1
    assert fit_reranker([choice]).weights == {"log_probability": 1.0}


def test_it_comes_back_from_a_manifest_and_a_broken_one_is_refused():
    reranker = Reranker({"log_probability": 1.1, "empty": -0.2}, candidates=40)
    assert Reranker.from_dict(reranker.to_dict()) == reranker
    for broken in ({"weights": {"charm": 1.0}, "candidates": 3}, {"weights": {"empty": float("nan")}, "candidates": 3}):
        with pytest.raises(ValueError, match=r"properties|finite"):
            Reranker.from_dict(broken)


def test_the_decoder_looks_at_more_readings_than_it_gives():
    scheme = LabelScheme.bio()
    logits = np.zeros((2, len(scheme.id2label)))
    logits[:, 1] = 0.1
    settings = DecoderSettings(scheme)
    offsets = [(0, 3), (4, 6)]
    nothing = Reranker({"log_probability": 1.0, "spans": -9.0}, candidates=40)
    found = decode("Ana Bo", offsets, logits, replace(settings, reranker=nothing), n_best=2)
    assert (len(found), found[0].spans) == (2, ())
    assert decode("Ana Bo", offsets, logits, settings, n_best=1)[0].spans != ()


@given(st.lists(st.floats(-2, 2), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_the_order_is_that_of_the_weighted_properties(weights):
    """`order` measures each span and each pair once for all candidates; `features` is what the weights were fitted on."""
    text = "Ana Bo, Cy & Di: the Tour - Utrecht"
    words = [
        Span(0, 6, "PER", 0.9),
        Span(8, 15, "PER", 0.4),
        Span(8, 10, "PER", 0.3),
        Span(17, 25, "MISC", 0.2),
        Span(28, 35, "LOC", 0.8),
    ]
    chosen = [(), (0, 1, 4), (0, 2, 3, 4), (0, 3), (1, 3, 4), (4,)]
    found = [Decoded(tuple(words[at] for at in row), 0.3 / (2 + rank), 0.0) for rank, row in enumerate(chosen)]
    scores = np.array([features(text, one) @ np.array(weights) for one in found])
    shares = np.exp(scores - scores.max())
    shares *= sum(one.probability for one in found) / shares.sum()

    order = Reranker(dict(zip(FEATURES, weights, strict=True)), candidates=9).order(text, found)

    assert dict(order) == pytest.approx(dict(enumerate(shares)))
    assert [share for _, share in order] == sorted((share for _, share in order), reverse=True)
