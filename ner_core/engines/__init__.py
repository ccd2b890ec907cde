"""Engines turn piece ids into logits. Their libraries are imported on first use, never when a module is imported."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from ner_core.artifacts import Artifact

ENGINES = ("openvino", "openvino-float", "torch")  # each begins with the name of its package
FASTEST = "openvino" if find_spec("openvino") else "torch"  # no wheel of OpenVINO exists for some platforms


class Engine(Protocol):
    """Runs a token classification model. Safe to call from several threads."""

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """batch: id lists with special tokens, of any lengths. Answers float32 [pieces, classes] for each, in order."""
        ...


def make_engine(name: str, artifact: "Artifact", *, threads: int | None = None) -> Engine:
    """The engine of this name with the weights of the artifact. Raises ArtifactError, and ValueError for a name that is not in ENGINES."""
    if name in ("openvino", "openvino-float"):
        from ner_core.engines.openvino import OpenVinoEngine

        return OpenVinoEngine(artifact, threads=threads, roundings=None if name == "openvino" else {})
    if name == "torch":
        from ner_core.engines.torch import TorchEngine

        return TorchEngine(artifact, threads=threads)
    raise ValueError(f"there is no engine {name!r}: use one of {', '.join(ENGINES)}")
