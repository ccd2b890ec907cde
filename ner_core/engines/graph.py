"""The encoder of encoder.py as an OpenVINO graph: the tables of packing.Packed, int64 [rows, width], to float32 [rows, width, classes]."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ner_core.engines.int8 import LEVELS, Rounding, input_of, round_weights

if TYPE_CHECKING:
    from openvino import Model, Node

INPUTS = ("ids", "places", "segments")
_EMBEDDINGS = "roberta.embeddings"


def build_graph(
    config: dict,
    weights: dict[str, np.ndarray],
    roundings: Mapping[str, Rounding] | None = None,
    *,
    with_inputs: bool = False,
) -> "Model":
    """weights: as weights.read_weights gives them. Shapes stay open.

    roundings: by input, for the products that are to run in 8-bit integers. with_inputs: the inputs of all linear layers of the encoder
    are further outputs, float32 [rows, width, columns], under the names of int8.input_of.
    """
    from openvino import Model
    from openvino import opset13 as ops

    tables = {name: ops.parameter([-1, -1], np.int64) for name in INPUTS}
    for name, table in tables.items():
        table.output(0).set_names({name})
    ids, places, segments = tables.values()
    encoder = _Encoder(config, weights, roundings or {})
    states = encoder.embed(ids, places)
    # [rows, 1, width, width]: a piece sees those of its own text
    seen = ops.equal(ops.unsqueeze(segments, _indices(1, 3)), ops.unsqueeze(segments, _indices(1, 2)))
    for layer in range(int(config["num_hidden_layers"])):
        states = encoder.layer(f"roberta.encoder.layer.{layer}", states, seen)
    further = dict(encoder.inputs) if with_inputs else {}
    for name, node in further.items():
        node.output(0).set_names({name})
    results = [ops.result(node) for node in (encoder.linear("classifier", states), *further.values())]
    return Model(results, list(tables.values()), "lineup")


class _Encoder:
    """Adds the parts of the encoder to a graph."""

    def __init__(self, config: dict, weights: dict[str, np.ndarray], roundings: Mapping[str, Rounding]) -> None:
        from openvino import opset13

        self._ops = opset13
        self._weights = weights
        self._roundings = roundings
        self.inputs: dict[str, Node] = {}
        self._hidden, self._heads = int(config["hidden_size"]), int(config["num_attention_heads"])
        self._eps = float(config.get("layer_norm_eps", 1e-12))

    def embed(self, ids: "Node", places: "Node") -> "Node":
        """The only token type is 0."""
        ops = self._ops
        words = ops.gather(self._matrix(self._weights[f"{_EMBEDDINGS}.word_embeddings.weight"]), ids, ops.constant(0))
        positions, kinds = (
            self._weights[f"{_EMBEDDINGS}.{name}.weight"].astype(np.float32)
            for name in ("position_embeddings", "token_type_embeddings")
        )
        placed = ops.gather(ops.constant(positions + kinds[0]), places, ops.constant(0))
        return self._norm(f"{_EMBEDDINGS}.LayerNorm", ops.add(words, placed))

    def layer(self, prefix: str, states: "Node", seen: "Node") -> "Node":
        ops = self._ops
        query, key, value = (
            self._split(f"{prefix}.attention.self.{name}", states) for name in ("query", "key", "value")
        )
        mixed = ops.transpose(ops.scaled_dot_product_attention(query, key, value, seen), _indices(0, 2, 1, 3))
        mixed = self.linear(f"{prefix}.attention.output.dense", ops.reshape(mixed, _indices(0, 0, self._hidden), True))  # noqa: FBT003
        states = self._norm(f"{prefix}.attention.output.LayerNorm", ops.add(mixed, states))
        wide = ops.gelu(self.linear(f"{prefix}.intermediate.dense", states), "erf")
        return self._norm(f"{prefix}.output.LayerNorm", ops.add(self.linear(f"{prefix}.output.dense", wide), states))

    def _split(self, name: str, states: "Node") -> "Node":
        """[rows, heads, width, hidden / heads]"""
        shape = _indices(0, 0, self._heads, self._hidden // self._heads)
        return self._ops.transpose(self._ops.reshape(self.linear(name, states), shape, True), _indices(0, 2, 1, 3))  # noqa: FBT003

    def linear(self, name: str, states: "Node") -> "Node":
        ops, weights = self._ops, self._weights[f"{name}.weight"]
        self.inputs[input_of(name)] = states
        rounding = self._roundings.get(input_of(name))
        if rounding is None:
            matrix = self._matrix(weights)
        else:
            states, matrix = self._rounded(states, rounding), self._rounded_matrix(weights, rounding)
        product = ops.matmul(states, matrix, False, True)  # noqa: FBT003
        return ops.add(product, ops.constant(self._weights[f"{name}.bias"]))

    def _rounded(self, states: "Node", rounding: Rounding) -> "Node":
        """OpenVINO takes such a pair, inputs on a grid and weights in int8, as one product in integers."""
        ops = self._ops
        ends = [ops.constant(np.float32(end)) for end in rounding.grid]
        return ops.fake_quantize(ops.multiply(states, ops.constant(1 / rounding.smooth)), *ends, *ends, LEVELS)

    def _rounded_matrix(self, stored: np.ndarray, rounding: Rounding) -> "Node":
        ops = self._ops
        rounded, scales = round_weights(stored, rounding.smooth)
        return ops.multiply(ops.convert(ops.constant(rounded), "f32"), ops.constant(scales))

    def _norm(self, name: str, states: "Node") -> "Node":
        ops = self._ops
        centred = ops.mvn(states, _indices(-1), True, self._eps, "inside_sqrt")  # noqa: FBT003
        scaled = ops.multiply(centred, ops.constant(self._weights[f"{name}.weight"]))
        return ops.add(scaled, ops.constant(self._weights[f"{name}.bias"]))

    def _matrix(self, stored: np.ndarray) -> "Node":
        """float16 stays float16 in memory until the processor's own precision is made of it."""
        constant = self._ops.constant(stored)
        return constant if stored.dtype == np.float32 else self._ops.convert(constant, "f32")


def _indices(*values: int) -> "Node":
    from openvino import opset13

    return opset13.constant(np.array(values, dtype=np.int64))
