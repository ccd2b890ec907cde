"""The order of the n best readings: properties of whole spans decide, and probability is shared anew, not made."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.alternatives import EDITS
from ner_core.decoding import Decoded, Measured, Pieced, decode, decode_all, measure_all
from ner_core.labels import LabelScheme
from ner_core.lattice import DecoderSettings
from ner_core.properties import FEATURES, measure
from ner_core.reranking import Reranker
from ner_core.spans import Span
from ner_core.training.rerank import choice_of, fit_reranker
from tests.ner_core import slow_reranking
from tests.ner_core.readings import candidates_of, rank
from tests.ner_core.strategies import nasty_texts

TEXT = "I am Hardstyle - Utrecht"


def reading(probability, *spans):
    return Decoded(tuple(Span(start, end, label, 0.5) for start, end, label in spans), probability, 0.0)


WHOLE_PER = reading(0.6, (0, 14, "PER"), (17, 24, "LOC"))
CUT = reading(0.2, (0, 4, "PER"), (5, 14, "MISC"), (17, 24, "LOC"))
WHOLE_MISC = reading(0.1, (0, 14, "MISC"), (17, 24, "LOC"))


def counted(text, found):
    return {name: value for name, value in zip(FEATURES, table_of(text, [found])[0], strict=True) if value}


def table_of(text, found):
    return measure(candidates_of(text, found)).table()


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
    ranked = rank(reranker, TEXT, [WHOLE_PER, CUT, WHOLE_MISC])
    assert [found.spans for found in ranked] == [WHOLE_PER.spans, WHOLE_MISC.spans, CUT.spans]
    assert sum(found.probability for found in ranked) == pytest.approx(0.9)


def test_the_decoders_own_order_stays_without_other_weights():
    ranked = rank(Reranker({"log_probability": 1.0}, candidates=3), TEXT, [WHOLE_PER, CUT, WHOLE_MISC])
    assert [found.probability for found in ranked] == pytest.approx([0.6, 0.2, 0.1])
    assert rank(Reranker({}, candidates=3), TEXT, [WHOLE_PER]) == [WHOLE_PER]


@given(st.lists(st.floats(1e-6, 0.1), min_size=2, max_size=8), st.floats(-3, 3))
def test_no_probability_is_made_or_lost(probabilities, weight):
    found = [reading(value, (0, 1 + index, "PER")) for index, value in enumerate(probabilities)]
    ranked = rank(Reranker({"log_probability": 1.0, "one_word": weight}, candidates=8), TEXT, found)
    assert sum(one.probability for one in ranked) == pytest.approx(sum(probabilities))
    assert [one.probability for one in ranked] == sorted((one.probability for one in ranked), reverse=True)


def measured(*found):
    return Measured(list(found), table_of(TEXT, found))


def test_fitting_learns_what_the_right_readings_have_in_common():
    choices = [choice_of(measured(CUT, WHOLE_PER, WHOLE_MISC), WHOLE_MISC.spans)] * 400
    ranked = rank(fit_reranker(choices), TEXT, [CUT, WHOLE_PER, WHOLE_MISC])
    assert ranked[0].spans == WHOLE_MISC.spans


def test_where_no_candidate_is_right_nothing_is_learnt():
    choice = choice_of(measured(CUT, WHOLE_PER), (Span(0, 1, "DATE"),))
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
    nothing = Reranker({"log_probability": 1.0, "spans": -9.0}, candidates=41)  # there are no more
    found = decode("Ana Bo", offsets, logits, replace(settings, reranker=nothing), n_best=2)
    assert (len(found), found[0].spans) == (2, ())
    assert decode("Ana Bo", offsets, logits, settings, n_best=1)[0].spans != ()


SCHEMES = [LabelScheme.bio(), LabelScheme.io(("LOC", "PER", "DATE"))]
weights_of = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(size=len(FEATURES)))
edits_of = st.sampled_from([{}, EDITS, {"label": -2.0, "split": 1.0}])


def pieced(text, scheme, random):
    """Each character is a piece."""
    offsets = [(index, index + 1) for index in range(len(text))]
    return Pieced(text, offsets, random.normal(size=(len(text), len(scheme.id2label))) * 2)


def triples_of(readings):
    return [tuple(span.triple for span in one.spans) for one in readings]


@given(
    st.lists(nasty_texts, min_size=1, max_size=4), st.sampled_from(SCHEMES), weights_of, edits_of, st.integers(1, 30)
)
def test_texts_together_are_ordered_as_each_alone_one_reading_at_a_time(texts, scheme, weights, edits, count):
    """Odd texts, some without a unit or with fewer readings than are asked for, against the definitions spelled out."""
    random = np.random.default_rng(len(texts[0]) + count)
    reranker = Reranker(dict(zip(FEATURES, weights.tolist(), strict=True)), count, edits)
    plain = DecoderSettings(scheme, random.normal(size=(len(scheme.id2label),) * 2), "sum", 1.7)
    chunk = [pieced(text, scheme, random) for text in texts]

    together = decode_all(chunk, replace(plain, reranker=reranker), n_best=count)

    for one, readings in zip(chunk, together, strict=True):
        expected = slow_reranking.order(one.text, decode(*one, plain, n_best=count), reranker)
        shares = [reading.probability for reading in expected]
        assert [reading.probability for reading in readings] == pytest.approx(shares, rel=1e-6, abs=1e-12)
        wanted = dict(zip(triples_of(expected), expected, strict=True))
        assert len(wanted) == len(readings)
        for spans, reading in zip(triples_of(readings), readings, strict=True):  # those with equal shares in any order
            assert reading.probability == pytest.approx(wanted[spans].probability, rel=1e-6, abs=1e-12)
            assert reading.outside_risk == pytest.approx(wanted[spans].outside_risk)
            assert [span.score for span in reading.spans] == pytest.approx([span.score for span in wanted[spans].spans])


@given(st.lists(nasty_texts.filter(str.strip), min_size=1, max_size=3), st.sampled_from(SCHEMES))
def test_what_is_learnt_from_is_what_the_definitions_count(texts, scheme):
    random = np.random.default_rng(len(texts))
    chunk = [pieced(text, scheme, random) for text in texts]
    for one, found in zip(chunk, measure_all(chunk, DecoderSettings(scheme), n_best=12), strict=True):
        spelled_out = [slow_reranking.features(one.text, reading) for reading in found.readings]
        assert found.table == pytest.approx(np.array(spelled_out))
