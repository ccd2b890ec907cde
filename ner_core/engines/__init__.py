"""Engines turn piece ids into logits. Their libraries are imported on first use, never when a module is imported."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Engine(Protocol):
    """Runs a token classification model. Safe to call from several threads."""

    def logits(self, batch: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """batch: id lists with special tokens, of any lengths. Answers float32 [pieces, classes] for each, in order."""
        ...
