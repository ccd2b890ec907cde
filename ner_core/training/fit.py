"""Fits what turns logits into readings with honest scores: pooling, learned transitions, temperature, calibration maps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, get_args

import numpy as np

from ner_core.calibration import (
    Calibration,
    Method,
    expected_calibration_error,
    fit_temperature,
    reliability_bins,
)
from ner_core.decoding import Pieced, decode_all, measure_all
from ner_core.lattice import DecoderSettings, Lattice, Pooling
from ner_core.spans import Span
from ner_core.tagger import TextLogits
from ner_core.training.rerank import CANDIDATES, choice_of, fit_reranker
from ner_core.units import Unit, path_of_spans, units

_LOSS_LIMIT = 30.0
_FOLDS = 5
Samples = tuple[list[tuple[str, float, bool]], list[tuple[float, bool, list[str]]]]


class Judged(NamedTuple):
    """What the model said of a title in normal form, and what is right. The model must not have been trained on the title."""

    given: TextLogits
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Fitted:
    decoder: DecoderSettings
    calibration: Calibration


class _Title(NamedTuple):
    """A judged title with what does not change while settings are tried: its units and the right path."""

    given: Pieced
    units: list[Unit]
    path: np.ndarray
    spans: frozenset[tuple[int, int, str]]
    gold: tuple[Span, ...]

    def lattice(self, settings: DecoderSettings) -> Lattice:
        return Lattice(self.given.logits, self.units, settings)


def fit_decoder(
    held_out: Sequence[Judged],
    settings: DecoderSettings,
    *,
    transitions: bool = True,
    method: Method = "platt",
    rerank: bool = False,
) -> Fitted:
    """Chooses the pooling that makes the held-out titles likeliest, fits transitions and temperature, with `rerank` the order of the n best
    readings, and then the score maps. The maps are fitted on readings that were put in order by what other titles taught.
    """
    titles = [_prepare(judged, settings) for judged in held_out]
    candidates = [_with_temperature(titles, replace(settings, pooling=pooling)) for pooling in get_args(Pooling)]
    settings = min(candidates, key=lambda candidate: _mean_loss(titles, candidate))
    if transitions:
        settings = replace(settings, transitions=_fit_transitions(titles, settings))
        settings = _with_temperature(titles, settings)
    if rerank:
        settings, samples = _with_reranker(titles, settings)
    else:
        samples = _collect_samples(titles, settings)
    spans, readings = samples
    calibration = Calibration.fit(
        spans,
        [(probability, right) for probability, right, _ in readings],
        reading_labels=[labels for _, _, labels in readings],
        temperature=settings.temperature,
        method=method,
    )
    return Fitted(settings, calibration)


def collect_samples(held_out: Sequence[Judged], settings: DecoderSettings) -> Samples:
    """((label, raw score, right?) of each span, (probability, right?, labels of its spans) of each best reading)."""
    return _collect_samples([_prepare(judged, settings) for judged in held_out], settings)


def mean_loss(held_out: Sequence[Judged], settings: DecoderSettings) -> float:
    """Mean negative log probability of the right readings, capped for readings that the scheme cannot express."""
    return _mean_loss([_prepare(judged, settings) for judged in held_out], settings)


def fit_transitions(held_out: Sequence[Judged], settings: DecoderSettings, *, rounds: int = 12) -> np.ndarray:
    """float [C, C]: maximum likelihood with a Gaussian prior, by gradient ascent on seen minus expected transition counts."""
    return _fit_transitions([_prepare(judged, settings) for judged in held_out], settings, rounds=rounds)


def _prepare(judged: Judged, settings: DecoderSettings) -> _Title:
    given = Pieced(judged.given.text.text, judged.given.offsets, judged.given.logits)
    unit_list = units(given.text, given.offsets)
    path = path_of_spans(unit_list, judged.spans, settings.scheme)
    return _Title(
        given,
        unit_list,
        path,
        frozenset(span.triple for span in judged.spans),
        judged.spans,
    )


def _with_temperature(titles: Sequence[_Title], settings: DecoderSettings) -> DecoderSettings:
    return replace(
        settings, temperature=fit_temperature(lambda value: _mean_loss(titles, replace(settings, temperature=value)))
    )


def _mean_loss(titles: Sequence[_Title], settings: DecoderSettings) -> float:
    losses = []
    for title in titles:
        if len(title.path):
            lattice = title.lattice(settings)
            losses.append(min(_LOSS_LIMIT, lattice.log_partition - lattice.path_score(title.path)))
    return float(np.mean(losses)) if losses else 0.0


def _collect_samples(titles: Sequence[_Title], settings: DecoderSettings) -> Samples:
    spans: list[tuple[str, float, bool]] = []
    readings: list[tuple[float, bool, list[str]]] = []
    found = decode_all([title.given for title in titles], settings)
    for title, (best, *_others) in zip(titles, found, strict=True):
        spans.extend((span.label, span.score or 0.0, span.triple in title.spans) for span in best.spans)
        right = {span.triple for span in best.spans} == title.spans
        readings.append((best.probability, right, [span.label for span in best.spans]))
    return spans, readings


def _with_reranker(titles: Sequence[_Title], settings: DecoderSettings) -> tuple[DecoderSettings, Samples]:
    """The settings with an order fitted on all titles, and samples of each title in the order that the others taught."""
    found = measure_all([title.given for title in titles], settings, n_best=CANDIDATES)
    choices = [choice_of(measured, title.gold) for measured, title in zip(found, titles, strict=True)]
    spans, readings = [], []
    for kept, left_out in _splits(len(titles)):
        reranker = fit_reranker([choices[index] for index in kept])
        samples = _collect_samples([titles[index] for index in left_out], replace(settings, reranker=reranker))
        spans += samples[0]
        readings += samples[1]
    return replace(settings, reranker=fit_reranker(choices)), (spans, readings)


def _splits(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(others, left out): each title is left out once. Several deals were tried: isotonic maps then follow single titles."""
    order = np.random.default_rng(0).permutation(count)
    for fold in range(_FOLDS):
        yield np.delete(order, slice(fold, None, _FOLDS)), order[fold::_FOLDS]


def _fit_transitions(
    titles: Sequence[_Title], settings: DecoderSettings, *, rounds: int = 12, rate: float = 1.5, prior: float = 0.02
) -> np.ndarray:
    size = len(settings.scheme.id2label)
    seen, weights = np.zeros((size, size)), np.zeros((size, size))
    for title in titles:
        np.add.at(seen, (title.path[:-1], title.path[1:]), 1.0)
    scale = max(1.0, seen.sum()) / size
    for _ in range(rounds):
        here = replace(settings, transitions=weights)
        expected = sum((_expected(title.lattice(here)) for title in titles), np.zeros((size, size)))
        weights = weights + rate * ((seen - expected) / scale - prior * weights)
    return np.where(settings.scheme.allowed, weights, 0.0)


def _expected(lattice: Lattice) -> np.ndarray:
    """[C, C]: expected number of each transition over all legal readings."""
    if len(lattice.units) < 2:
        return np.zeros((len(lattice.settings.scheme.id2label),) * 2)
    steps = (
        lattice.forward[:-1, :, None]
        + lattice.settings.moves.steps[None]
        + (lattice.emissions[1:] + lattice.backward[1:])[:, None, :]
    )
    return np.exp(steps - lattice.log_partition).sum(axis=0)


def figures_of(held_out: list[Judged], fitted: Fitted) -> dict:
    """Calibrated figures on the held-out titles: errors and reliability bins of spans and of whole titles."""
    spans, readings = collect_samples(held_out, fitted.decoder)
    scores = [fitted.calibration.span_score(label, score) for label, score, _ in spans]
    confidences = [fitted.calibration.confidence(probability, labels) for probability, _, labels in readings]
    right_spans, right_titles = [right for _, _, right in spans], [right for _, right, _ in readings]
    return {
        "metrics": {
            "held_out_titles": len(readings),
            "held_out_title_exact": sum(right_titles) / len(right_titles),
            "held_out_span_ece": expected_calibration_error(scores, right_spans),
            "held_out_title_ece": expected_calibration_error(confidences, right_titles),
        },
        "reliability": [
            {"of": "spans", "bins": [list(row) for row in reliability_bins(scores, right_spans)]},
            {"of": "titles", "bins": [list(row) for row in reliability_bins(confidences, right_titles)]},
        ],
    }
