"""The fast engine: the encoder compiled by OpenVINO, in bfloat16 where the processor computes in it, else in float32.

Where the checkpoint says how to round and the processor gains by it, most products run in 8-bit integers. Neither torch nor transformers is
loaded. Its readings are those of the reference engine (tests/bench/engines.py measures how far).
"""

import threading
from collections.abc import Mapping, Sequence

import numpy as np

from ner_core.artifacts import Artifact
from ner_core.engines.graph import INPUTS, build_graph
from ner_core.engines.int8 import Rounding, can_multiply, read_roundings
from ner_core.engines.packing import pack
from ner_core.engines.weights import read_weights


class OpenVinoEngine:
    """Compiles the weights of an artifact. Raises ArtifactIncompatible or ArtifactCorrupt.

    threads: CPU threads of this engine; None takes all cores. roundings: by input, for products in 8-bit integers; None takes those of the
    artifact where this processor gains by them.
    """

    def __init__(
        self, artifact: Artifact, *, threads: int | None = None, roundings: Mapping[str, Rounding] | None = None
    ) -> None:
        import openvino

        # Pinned threads of two worker processes would share one core.
        options = {"NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        weights = read_weights(artifact)
        if roundings is None and artifact.int8 is not None and can_multiply():
            roundings = read_roundings(artifact.directory, weights)
        graph = build_graph(artifact.config, weights, roundings)
        self._pad = int(artifact.config.get("pad_token_id", 1))
        self._nothing = np.zeros((0, len(artifact.scheme.id2label)), dtype=np.float32)
        self._compiled = openvino.Core().compile_model(graph, "CPU", options)
        self._local = threading.local()

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Positions count from the padding id on, so the ids of a batch must hold no padding of their own."""
        found: list[np.ndarray] = [self._nothing] * len(batch)
        for packed in pack(batch, self._pad):
            answer = self._request().infer(dict(zip(INPUTS, packed, strict=False)))[0]
            rows = answer.reshape(-1, answer.shape[-1])
            for index, cells in zip(packed.texts, packed.cells, strict=True):
                found[index] = rows[cells].copy()  # the next call writes into `answer`
        return found

    def _request(self) -> object:
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        return self._local.request
