"""The reference engine: CamemBERT, RoBERTa and XLM-RoBERTa token classification with PyTorch on the CPU."""

import threading
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from ner_core.artifacts import WEIGHTS, Artifact, ArtifactCorrupt, ArtifactIncompatible
from ner_core.engines.encoder import Encoder, expected_shapes

if TYPE_CHECKING:
    import torch

ARCHITECTURES = {
    "camembert": "CamembertForTokenClassification",
    "roberta": "RobertaForTokenClassification",
    "xlm-roberta": "XLMRobertaForTokenClassification",
}
_UNUSED_WEIGHTS = ("position_ids", "pooler.")  # older checkpoints carry them; the model has no use for them
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
        self._model = _load_model(artifact)

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Positions count from the padding id on, so the ids of a batch must hold no padding of their own."""
        longest = max(map(len, batch), default=0)
        if not longest:
            return []
        ids = self._torch.full((len(batch), longest), self._model.pad)
        mask = self._torch.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces)] = self._torch.tensor(pieces)
            mask[row, : len(pieces)] = 1
        with self._torch.inference_mode():
            answer = self._model(ids, mask).numpy()
        return [answer[row, : len(pieces)] for row, pieces in enumerate(batch)]


def _load_model(artifact: Artifact) -> Encoder:
    kind = artifact.config.get("model_type")
    if kind not in ARCHITECTURES:
        raise ArtifactIncompatible(
            f"{artifact.directory} holds a {kind!r} model; this program reads {', '.join(ARCHITECTURES)}"
        )
    try:
        shapes = expected_shapes(artifact.config, len(artifact.scheme.id2label))
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactIncompatible(
            f"the config.json of {artifact.directory} is not of a RoBERTa encoder: {error}"
        ) from error
    return Encoder(artifact.config, _read_weights(artifact, shapes))


def _read_weights(artifact: Artifact, shapes: dict[str, tuple[int, ...]]) -> "dict[str, torch.Tensor]":
    """Tensors by name: matrices as they are stored, vectors (biases, norms) in float32."""
    from safetensors import SafetensorError, safe_open

    weights: dict[str, torch.Tensor] = {}
    try:
        with safe_open(artifact.directory / WEIGHTS, framework="pt") as file:
            names = set(file.keys())
            _check_keys(artifact, shapes.keys() - names, names - shapes.keys())
            for name in shapes:
                stored = file.get_tensor(name)
                weights[name] = stored.clone() if stored.ndim > 1 else stored.float().clone()
    except (SafetensorError, OSError) as error:
        raise ArtifactCorrupt(f"{artifact.directory / WEIGHTS} cannot be read: {error}; restore the file") from error
    wrong = sorted(name for name, shape in shapes.items() if tuple(weights[name].shape) != shape)
    if wrong:
        raise ArtifactIncompatible(
            f"the weights of {artifact.directory} do not fit its config.json: {', '.join(wrong[:5])}"
        )
    return weights


def _check_keys(artifact: Artifact, missing: set[str], unexpected: set[str]) -> None:
    unknown = [key for key in unexpected if not any(part in key for part in _UNUSED_WEIGHTS)]
    for kind, keys in (("lacks", missing), ("has unknown", unknown)):
        if keys:
            named = ", ".join(sorted(keys)[:5])
            raise ArtifactIncompatible(
                f"{artifact.directory / WEIGHTS} {kind} weights: {named}; it is not a whole token classification checkpoint"
            )
