"""The reference engine: CamemBERT, RoBERTa and XLM-RoBERTa token classification with PyTorch on the CPU."""

import threading
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from ner_core.artifacts import Artifact
from ner_core.engines.encoder import Encoder
from ner_core.engines.padding import padded, token_batches
from ner_core.engines.weights import ARCHITECTURES, read_weights

TOKEN_BUDGET = 512  # larger tables of padded pieces leave the processor's caches
_IMPORT = threading.Lock()


def import_transformers() -> ModuleType:
    """transformers, imported by one thread at a time: its lazy modules break when two threads come first together."""
    with _IMPORT:
        import transformers

        for name in ARCHITECTURES.values():
            getattr(transformers, name)
        transformers.utils.logging.disable_progress_bar()
        return transformers


class TorchEngine:
    """Loads the weights of an artifact and runs them in float32. Raises ArtifactIncompatible or ArtifactCorrupt.

    threads: CPU threads of PyTorch for the whole process; None leaves its default.
    """

    def __init__(self, artifact: Artifact, *, threads: int | None = None) -> None:
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        self._torch = torch
        weights = {name: torch.from_numpy(stored) for name, stored in read_weights(artifact).items()}
        self._model = Encoder(artifact.config, weights)
        self._classes = len(artifact.scheme.id2label)

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Positions count from the padding id on, so the ids of a batch must hold no padding of their own."""
        found = [np.zeros((0, self._classes), dtype=np.float32)] * len(batch)
        for group in token_batches([len(ids) for ids in batch], TOKEN_BUDGET):
            chosen = [batch[index] for index in group]
            if not chosen[0]:  # the longest comes first
                continue
            for index, logits in zip(group, self._run(chosen), strict=True):
                found[index] = logits
        return found

    def _run(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        ids, mask = (self._torch.from_numpy(array) for array in padded(batch, self._model.pad))
        with self._torch.inference_mode():
            answer = self._model(ids, mask).numpy()
        return [answer[row, : len(pieces)] for row, pieces in enumerate(batch)]
