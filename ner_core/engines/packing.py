"""Many short texts in a few rows of one width: hardly any padding, and few shapes.

OpenVINO makes its kernels anew for each shape, and keeps them: for the built-in model 11 ms, while it reads ten titles, and up to 5 MB.
Batches of padded texts have thousands of shapes, rows of a fixed width a dozen. The texts of a row do not see each other (Krell et al.
2021, "Efficient sequence packing without cross-contamination").
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

WIDTH, NARROWEST, MOST_ROWS = 64, 16, 16  # wider rows cost more: each piece is held against all of its row
_TOGETHER = 2048  # texts that are looked at together: a place is looked for in all rows


class Packed(NamedTuple):
    """ids, places, segments: int64 [rows, width]. places: position of each piece, counted from the padding id on; segments: 1, 2, ... for
    the texts of a row, 0 for padding. texts: indices of what is in it; cells: where the pieces of each are, in the order of `texts`, in
    the rows one after the other."""

    ids: np.ndarray
    places: np.ndarray
    segments: np.ndarray
    texts: list[int]
    cells: list[slice]


def pack(batch: Sequence[Sequence[int]], pad: int) -> Iterator[Packed]:
    """Tables that hold every text of the batch once; a text without pieces is in none."""
    for start in range(0, len(batch), _TOGETHER):
        lengths = {index: len(batch[index]) for index in range(start, min(start + _TOGETHER, len(batch)))}
        rows = _fill_rows(lengths)
        while rows:
            width = _width_of(rows[0], lengths)
            count = 1 << (min(len(rows), MOST_ROWS).bit_length() - 1) if width == WIDTH else 1
            yield _table(batch, rows[:count], width, pad)
            rows = rows[count:]


def _fill_rows(lengths: dict[int, int]) -> list[list[int]]:
    """First fit, longest first; a text above WIDTH has a row of its own."""
    rows: list[list[int]] = []
    room: list[int] = []
    for index in sorted(lengths, key=lambda index: -lengths[index]):
        length = lengths[index]
        row = next((at for at, left in enumerate(room) if left >= length), None)
        if not length:
            continue
        if row is None:
            rows.append([])
            room.append(WIDTH)
            row = -1
        rows[row].append(index)
        room[row] -= length
    return rows


def _width_of(row: Sequence[int], lengths: dict[int, int]) -> int:
    """WIDTH, or the power of two that one text above it needs, or one row that is hardly filled."""
    used = sum(lengths[index] for index in row)
    return max(NARROWEST, 1 << (used - 1).bit_length())


def _table(batch: Sequence[Sequence[int]], rows: Sequence[Sequence[int]], width: int, pad: int) -> Packed:
    texts = [index for row in rows for index in row]
    lengths = np.array([len(batch[index]) for index in texts])
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    firsts, segments = [], []
    for at, row in enumerate(rows):
        first = at * width
        for number, index in enumerate(row, start=1):
            firsts.append(first)
            segments.append(number)
            first += len(batch[index])
    cells = np.repeat(firsts, lengths) + within
    ids, places = (np.full(len(rows) * width, pad, dtype=np.int64) for _ in range(2))
    owners = np.zeros(len(rows) * width, dtype=np.int64)
    ids[cells] = np.concatenate([np.asarray(batch[index], dtype=np.int64) for index in texts])
    places[cells] = pad + 1 + within
    owners[cells] = np.repeat(segments, lengths)
    shape = len(rows), width
    found = [slice(first, first + length) for first, length in zip(firsts, lengths.tolist(), strict=True)]
    return Packed(ids.reshape(shape), places.reshape(shape), owners.reshape(shape), texts, found)
