"""How a checkpoint rounds for products in 8-bit integers: found on titles, measured against it as it is, kept only if it holds.

For each input of the encoder's linear layers the smoothing (SmoothQuant, Xiao et al. 2023) and the range are those, of a few, with which
the rounded product is nearest to the exact one. Then each input alone is rounded: what the model's answer loses tells which ones one
scale cannot serve (what follows GELU in the first layers, where a few columns are a hundred times the others): these stay exact.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import NamedTuple

import numpy as np

from ner_core.artifacts import Artifact, rewrite_manifest
from ner_core.engines.graph import INPUTS, build_graph
from ner_core.engines.int8 import Rounding, can_multiply, input_of, round_inputs, round_weights, write_roundings
from ner_core.engines.openvino import OpenVinoEngine
from ner_core.engines.packing import pack
from ner_core.engines.pieces import PieceEncoder
from ner_core.engines.weights import read_weights
from ner_core.faithfulness import Faithfulness, measure_faithfulness
from ner_core.synthetic import Example
from ner_core.tagger import ModelTagger

FEWEST = 100  # annotated titles to measure on
TITLES, LOSS_TITLES = 500, 150  # titles that ranges and losses are found on
ROWS = 1000  # pieces that products are compared on
MOST_LOST = 5e-5  # Kullback-Leibler divergence of a piece's classes, in nats, summed over the inputs that are rounded
MOST_TRIES = 12
_BY_PEAK, _BY_SPREAD, _KEPT = (0.0, 0.5, 0.7, 0.9), (0.3, 0.4, 0.5, 0.6), (1.0, 0.8, 0.6)
_SUMMED = ("attention.output.dense", "output.dense")
_LEAST = 1e-6
_Read = Callable[[Mapping[str, Rounding]], ModelTagger]
OnAlive = Callable[[], None]


class _Found(NamedTuple):
    """error: of the product; products: multiply-adds for a piece."""

    rounding: Rounding
    error: float
    products: int


@dataclass
class _Inputs:
    """Of float32 [pieces, columns], seen text by text: largest magnitude and sum of squares of each column, and some of the pieces."""

    peaks: np.ndarray | float = 0.0
    squares: np.ndarray | float = 0.0
    pieces: int = 0
    sample: list[np.ndarray] = field(default_factory=list)

    def add(self, inputs: np.ndarray, chosen: np.ndarray) -> None:
        self.peaks = np.maximum(self.peaks, np.abs(inputs).max(axis=0))
        self.squares = self.squares + (inputs**2).sum(axis=0)
        self.pieces += len(inputs)
        self.sample.append(inputs[chosen])


def add_int8(
    artifact: Artifact,
    texts: Sequence[str],
    gold: Sequence[Example],
    *,
    threads: int | None = None,
    on_alive: OnAlive = lambda: None,
) -> tuple[Artifact, Faithfulness | None]:
    """Writes int8.safetensors and the manifest anew if products in 8-bit integers read the same; else the checkpoint stays as it is.

    texts: titles like those that will be read; gold: annotated ones to measure on. Both in normal form. Answers the checkpoint and what was
    measured last; None where nothing was: fewer than FEWEST of `gold`, no texts, or a processor that does not gain by it.
    on_alive is called every second or so, and may raise to stop.
    """
    if len(gold) < FEWEST or not texts or not can_multiply():
        return artifact, None
    read = partial(_rounded, artifact, threads=threads)
    found = _find_roundings(artifact, texts[:TITLES], on_alive)
    losses = _find_losses(read, found, texts[:LOSS_TITLES], on_alive)
    titles, measured = [example.text for example in gold], None
    as_it_is = read({}).tag(titles)
    for roundings in islice(_narrowing(found, losses), MOST_TRIES):
        on_alive()
        measured = measure_faithfulness([example.spans for example in gold], as_it_is, read(roundings).tag(titles))
        if measured.holds:
            write_roundings(artifact.directory, roundings)
            return rewrite_manifest(artifact, int8=measured), measured
    return artifact, measured


def _rounded(artifact: Artifact, roundings: Mapping[str, Rounding], *, threads: int | None) -> ModelTagger:
    return ModelTagger(artifact, OpenVinoEngine(artifact, threads=threads, roundings=roundings))


def _narrowing(found: Mapping[str, _Found], losses: Mapping[str, float]) -> Iterator[dict[str, Rounding]]:
    """The largest sets that lose little, each without the input that loses most for its products in the set before."""
    kept = sorted(found, key=lambda name: losses[name] / found[name].products)
    while kept:
        if sum(losses[name] for name in kept) <= MOST_LOST:
            yield {name: found[name].rounding for name in kept}
        kept.pop()


def _find_losses(read: _Read, found: Mapping[str, _Found], texts: Sequence[str], on_alive: OnAlive) -> dict[str, float]:
    """By input: mean Kullback-Leibler divergence of the classes of a piece if this input alone is rounded."""
    exact = _log_shares(read({}), texts)
    losses = {}
    for name, one in found.items():
        on_alive()
        told = _log_shares(read({name: one.rounding}), texts)
        losses[name] = float((np.exp(exact) * (exact - told)).sum(axis=1).mean())
    return losses


def _log_shares(tagger: ModelTagger, texts: Sequence[str]) -> np.ndarray:
    """Float [pieces of all texts, classes]: log probabilities of the model's own answer."""
    logits = np.concatenate([one.logits for one in tagger.read_logits(texts)]).astype(float)
    logits -= logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def _find_roundings(artifact: Artifact, texts: Sequence[str], on_alive: OnAlive) -> dict[str, _Found]:
    weights = read_weights(artifact)
    found = {}
    for name, inputs in _read_inputs(artifact, weights, texts).items():
        on_alive()
        spread = inputs.peaks, np.sqrt(inputs.squares / inputs.pieces)
        found[name] = _find_rounding(np.concatenate(inputs.sample), spread, *_layers_behind(name, weights))
    return found


def _read_inputs(artifact: Artifact, weights: dict[str, np.ndarray], texts: Sequence[str]) -> dict[str, _Inputs]:
    """What the linear layers in the encoder are given, by input; the classifier stays exact."""
    import openvino

    graph = build_graph(artifact.config, weights, with_inputs=True)
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    names = [name for output in compiled.outputs[1:] for name in output.get_names()]  # the first one is the answer
    pieces, pad = PieceEncoder.load(artifact.directory), int(artifact.config.get("pad_token_id", 1))
    found, rng = {name: _Inputs() for name in names}, np.random.default_rng(0)
    for text in texts:
        (packed,) = pack([pieces.frame(pieces.encode(text).ids)[: artifact.max_pieces]], pad)
        answer = compiled(dict(zip(INPUTS, packed, strict=False)))
        chosen = rng.permutation(packed.cells[0].stop)[: 1 + ROWS // len(texts)]
        for name, inputs in found.items():
            inputs.add(answer[name][0][packed.cells[0]], chosen)
    return found


def _layers_behind(name: str, weights: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The weights of all layers with this input, float32 [rows, columns], and what an error of each row counts, float32 [rows]: sums
    that a norm follows are scaled by it."""
    matrices = [
        weights[key].astype(np.float32)
        for key in sorted(weights)
        if key.endswith(".weight") and input_of(key.removesuffix(".weight")) == name
    ]
    matrix = np.concatenate(matrices)
    norm = weights.get(f"{name.removesuffix('dense')}LayerNorm.weight") if name.endswith(_SUMMED) else None
    return matrix, np.ones(len(matrix), dtype=np.float32) if norm is None else norm


def _find_rounding(
    sample: np.ndarray, spread: tuple[np.ndarray, np.ndarray], matrix: np.ndarray, counts: np.ndarray
) -> _Found:
    """Of all smoothings and ranges the one with the smallest error of the product."""
    exact = sample @ matrix.T
    best = _Found(Rounding(np.ones(len(matrix[0]), dtype=np.float32), -1.0, 1.0), np.inf, matrix.size)
    for smooth in _smoothings(*spread, matrix):
        rounded, scales = round_weights(matrix, smooth)
        weights, inputs = (rounded * scales).T, sample / smooth
        for kept in _KEPT:
            rounding = Rounding(smooth, min(0.0, kept * float(inputs.min())), kept * float(inputs.max()))
            product = round_inputs(inputs, rounding) @ weights
            error = float((((product - exact) * counts) ** 2).mean())
            if error < best.error:
                best = _Found(rounding, error, matrix.size)
    return best


def _smoothings(peaks: np.ndarray, spread: np.ndarray, matrix: np.ndarray) -> Iterator[np.ndarray]:
    """Float32 [columns]: how much of the unevenness of inputs goes over to the weights."""
    weights = np.abs(matrix).max(axis=0) + _LEAST
    for share in _BY_PEAK:
        yield _levelled((peaks + _LEAST) ** share / weights ** (1 - share) if share else np.ones_like(peaks))
    for share in _BY_SPREAD:
        yield _levelled((spread + _LEAST) ** share)


def _levelled(smooth: np.ndarray) -> np.ndarray:
    return (smooth / np.exp(np.log(smooth).mean())).astype(np.float32)
