"""Fits what turns logits into readings with honest scores: learned transitions, temperature, calibration maps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ner_core.calibration import Calibration, Method, fit_temperature
from ner_core.decoding import Decoded, DecoderSettings, Lattice, decode, path_of_spans, units
from ner_core.spans import Span
from ner_core.tagger import TextLogits


class Judged(NamedTuple):
    """What the model said of a title in normal form, and what is right. The model must not have been trained on the title."""

    given: TextLogits
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Fitted:
    decoder: DecoderSettings
    calibration: Calibration


def fit_decoder(
    held_out: Sequence[Judged], settings: DecoderSettings, *, transitions: bool = True, method: Method = "platt"
) -> Fitted:
    """Fits transitions (log odds of real over expected moves), then the temperature, then the score maps, on held-out titles."""
    if transitions:
        settings = replace(settings, transitions=fit_transitions(held_out, settings))
    temperature = fit_temperature(lambda value: mean_loss(held_out, replace(settings, temperature=value)))
    settings = replace(settings, temperature=temperature)
    spans, readings = collect_samples(held_out, settings)
    return Fitted(settings, Calibration.fit(spans, readings, temperature=temperature, method=method))


def collect_samples(
    held_out: Sequence[Judged], settings: DecoderSettings
) -> tuple[list[tuple[str, float, bool]], list[tuple[float, bool]]]:
    """((label, raw score, right?) of each span, (probability, right?) of each best reading)."""
    spans: list[tuple[str, float, bool]] = []
    readings: list[tuple[float, bool]] = []
    for judged in held_out:
        best = _best(judged, settings)
        wanted = {span.triple for span in judged.spans}
        spans.extend((span.label, span.score or 0.0, span.triple in wanted) for span in best.spans)
        readings.append((best.probability, {span.triple for span in best.spans} == wanted))
    return spans, readings


def _best(judged: Judged, settings: DecoderSettings) -> Decoded:
    return decode(judged.given.text.text, judged.given.offsets, judged.given.logits, settings)[0]


def mean_loss(held_out: Sequence[Judged], settings: DecoderSettings) -> float:
    """Mean negative log probability of the right readings, capped at 30 for readings that the scheme cannot express."""
    losses = []
    for judged in held_out:
        lattice, path = _lattice(judged, settings)
        if len(path):
            losses.append(min(30.0, lattice.log_partition - lattice.path_score(path)))
    return float(np.mean(losses)) if losses else 0.0


def fit_transitions(
    held_out: Sequence[Judged], settings: DecoderSettings, *, rounds: int = 40, rate: float = 0.5, prior: float = 0.02
) -> np.ndarray:
    """float [C, C]: maximum likelihood with a Gaussian prior, by gradient ascent on expected minus seen transition counts."""
    size = len(settings.scheme.id2label)
    seen, weights = np.zeros((size, size)), np.zeros((size, size))
    for judged in held_out:
        _, path = _lattice(judged, settings)
        np.add.at(seen, (path[:-1], path[1:]), 1.0)
    scale = max(1.0, seen.sum()) / size
    for _ in range(rounds):
        expected = sum(_expected(_lattice(judged, replace(settings, transitions=weights))[0]) for judged in held_out)
        weights = weights + rate * ((seen - expected) / scale - prior * weights)
    return np.where(settings.scheme.allowed, weights, 0.0)


def _expected(lattice: Lattice) -> np.ndarray:
    """[C, C]: expected number of each transition over all legal readings."""
    if len(lattice.units) < 2:
        return np.zeros((len(lattice.scheme.id2label),) * 2)
    steps = (
        lattice.forward[:-1, :, None]
        + lattice.transitions[None]
        + (lattice.emissions[1:] + lattice.backward[1:])[:, None, :]
    )
    return np.exp(steps - lattice.log_partition).sum(axis=0)


def _lattice(judged: Judged, settings: DecoderSettings) -> tuple[Lattice, np.ndarray]:
    unit_list = units(judged.given.text.text, judged.given.offsets)
    return Lattice(judged.given.logits, unit_list, settings), path_of_spans(unit_list, judged.spans, settings.scheme)
