"""Products in 8-bit integers: how inputs and weights are rounded, and the file of a checkpoint that says so (int8.safetensors).

An input gets one scale for all titles, after its columns were divided by what makes them alike; the weights are multiplied by the same,
and get a scale for each row (SmoothQuant, Xiao et al. 2023). The file holds inputs by name: `smooth`, float32 [columns], and `range`,
float32 [2]. Weights are rounded when a model is loaded: there is one file of weights.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ner_core.artifacts import INT8, ArtifactCorrupt

LEVELS = 256
_CPU_INFO = Path("/proc/cpuinfo")
_SHARED = (".query", ".key", ".value")  # these three have one input


class Rounding(NamedTuple):
    """smooth: float32 [columns], positive; what the input divided by it is rounded between is low (<= 0) and high (> 0)."""

    smooth: np.ndarray
    low: float
    high: float

    @property
    def grid(self) -> tuple[float, float]:
        """low and high moved so that zero is one of the LEVELS."""
        step = (self.high - self.low) / (LEVELS - 1)
        zero = round(-self.low / step)
        return -zero * step, (LEVELS - 1 - zero) * step


def input_of(name: str) -> str:
    """The input of a linear layer, by the name of the layer."""
    return name.rpartition(".")[0] if name.endswith(_SHARED) else name


def round_weights(weights: np.ndarray, smooth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float [rows, columns] -> int8 [rows, columns] and float32 [rows, 1], whose product is near weights * smooth."""
    smoothed = weights.astype(np.float32) * smooth
    scales = np.maximum(np.abs(smoothed).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
    return np.rint(smoothed / scales).astype(np.int8), scales


def round_inputs(inputs: np.ndarray, rounding: Rounding) -> np.ndarray:
    """What the graph makes of inputs that were divided by `smooth` already."""
    low, high = rounding.grid
    step = (high - low) / (LEVELS - 1)
    return np.rint((np.clip(inputs, low, high) - low) / step) * step + low


def can_multiply() -> bool:
    """Whether this processor adds 8-bit products in 32 bits (VNNI). Others add pairs in 16, which overflow, or gain nothing."""
    try:
        return "vnni" in _CPU_INFO.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


def write_roundings(directory: Path, roundings: Mapping[str, Rounding]) -> None:
    """Raises OSError when the disk is full."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    tables = {}
    for name, rounding in roundings.items():
        tables[f"{name}.smooth"] = rounding.smooth.astype(np.float32)
        tables[f"{name}.range"] = np.array([rounding.low, rounding.high], dtype=np.float32)
    part = directory / f"{INT8}.part"
    try:
        save_file(tables, part)
    except SafetensorError as error:  # its writer knows no OSError
        raise OSError(str(error)) from error
    part.chmod(0o644)  # as the other files of a checkpoint; it is written for its owner alone
    part.replace(directory / INT8)


def read_roundings(directory: Path, weights: Mapping[str, np.ndarray]) -> dict[str, Rounding]:
    """By input, for these weights. Raises ArtifactCorrupt for a file that is damaged or fits other weights."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = directory / INT8
    try:
        tables = load_file(path)
        names = [name.removesuffix(".smooth") for name in tables if name.endswith(".smooth")]
        found = {name: Rounding(tables[f"{name}.smooth"], *map(float, tables[f"{name}.range"])) for name in names}
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ArtifactCorrupt(f"{path} cannot be read: {error!r}; restore the file") from error
    columns = {input_of(name.removesuffix(".weight")): table.shape[-1] for name, table in weights.items()}
    wrong = [name for name, rounding in found.items() if not _is_whole(rounding, columns.get(name))]
    if wrong or len(tables) != 2 * len(found):
        raise ArtifactCorrupt(f"{path} does not say how to round {', '.join(wrong[:5]) or 'inputs'}; restore the file")
    return found


def _is_whole(rounding: Rounding, columns: int | None) -> bool:
    numbers = np.append(rounding.smooth, (rounding.low, rounding.high))
    fits = rounding.smooth.shape == (columns,)
    return bool(
        fits and np.isfinite(numbers).all() and (rounding.smooth > 0).all() and rounding.low <= 0 < rounding.high
    )
