"""The reference engine: CamemBERT, RoBERTa and XLM-RoBERTa token classification with PyTorch on the CPU."""

import threading
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from ner_core.artifacts import WEIGHTS, Artifact, ArtifactCorrupt, ArtifactIncompatible

if TYPE_CHECKING:
    from transformers import PreTrainedModel

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
    """Loads the weights of an artifact (float32) and runs them. Raises ArtifactIncompatible or ArtifactCorrupt.

    threads: CPU threads of PyTorch for the whole process; None leaves its default.
    """

    def __init__(self, artifact: Artifact, *, threads: int | None = None) -> None:
        transformers = import_transformers()
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        self._torch = torch
        self._model = _load_model(transformers, torch, artifact)
        self._pad = self._model.config.pad_token_id

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """See Engine. Positions count from the padding id on, so the ids of a batch must hold no padding of their own."""
        longest = max(map(len, batch), default=0)
        if not longest:
            return []
        ids = self._torch.full((len(batch), longest), self._pad)
        mask = self._torch.zeros_like(ids)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces)] = self._torch.tensor(pieces)
            mask[row, : len(pieces)] = 1
        with self._torch.inference_mode():
            answer = self._model(input_ids=ids, attention_mask=mask).logits.numpy()
        return [answer[row, : len(pieces)] for row, pieces in enumerate(batch)]


def _load_model(transformers: ModuleType, torch: ModuleType, artifact: Artifact) -> "PreTrainedModel":
    kind = artifact.config.get("model_type")
    if kind not in ARCHITECTURES:
        raise ArtifactIncompatible(
            f"{artifact.directory} holds a {kind!r} model; this program reads {', '.join(ARCHITECTURES)}"
        )
    from safetensors import SafetensorError

    try:
        model, report = getattr(transformers, ARCHITECTURES[kind]).from_pretrained(
            artifact.directory,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except SafetensorError as error:
        raise ArtifactCorrupt(f"{artifact.directory / WEIGHTS} cannot be read: {error}; restore the file") from error
    except (RuntimeError, ValueError, OSError, KeyError, TypeError) as error:
        raise ArtifactIncompatible(
            f"the weights of {artifact.directory} do not fit its config.json: {error}"
        ) from error
    _check_keys(artifact, report)
    return model.eval()


def _check_keys(artifact: Artifact, report: dict) -> None:
    unexpected = [key for key in report["unexpected_keys"] if not any(part in key for part in _UNUSED_WEIGHTS)]
    for kind, keys in (("lacks", report["missing_keys"]), ("has unknown", unexpected)):
        if keys:
            named = ", ".join(sorted(map(str, keys))[:5])
            raise ArtifactIncompatible(
                f"{artifact.directory / WEIGHTS} {kind} weights: {named}; it is not a whole token classification checkpoint"
            )
