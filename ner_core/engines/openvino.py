"""The fast engine: the encoder compiled by OpenVINO, in bfloat16 where the processor computes in it, else in float32.

Neither torch nor transformers is loaded. Its readings are those of the reference engine (tests/bench/engines.py measures how far).
"""

import threading
from collections.abc import Sequence

import numpy as np

from ner_core.artifacts import Artifact
from ner_core.engines.graph import build_graph
from ner_core.engines.padding import padded
from ner_core.engines.weights import read_weights


class OpenVinoEngine:
    """Compiles the weights of an artifact. Raises ArtifactIncompatible or ArtifactCorrupt.

    threads: CPU threads of this engine; None takes all cores.
    """

    def __init__(self, artifact: Artifact, *, threads: int | None = None) -> None:
        import openvino

        # Pinned threads of two worker processes would share one core.
        options = {"NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        graph = build_graph(artifact.config, read_weights(artifact))
        self._pad = int(artifact.config.get("pad_token_id", 1))
        self._compiled = openvino.Core().compile_model(graph, "CPU", options)
        self._local = threading.local()

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Positions count from the padding id on, so the ids of a batch must hold no padding of their own."""
        if not any(batch):
            return []
        ids, mask = padded(batch, self._pad)
        answer = self._request().infer({"ids": ids, "mask": mask})[0]
        return [
            answer[row, : len(pieces)].copy() for row, pieces in enumerate(batch)
        ]  # the next call writes into `answer`

    def _request(self) -> object:
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        return self._local.request
