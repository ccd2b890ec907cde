"""Id lists of many lengths as tables with padding."""

from collections.abc import Sequence

import numpy as np


def padded(batch: Sequence[Sequence[int]], pad: int) -> tuple[np.ndarray, np.ndarray]:
    """int64 [lists, longest]: the ids, filled up with `pad`, and a mask that is 1 where there is an id."""
    lengths = np.array([len(ids) for ids in batch])
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, pad, dtype=np.int64)
    ids[mask] = np.concatenate([np.asarray(row, dtype=np.int64) for row in batch])
    return ids, mask.astype(np.int64)


def token_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Groups indices, longest first, so that count * longest of a group stays within the budget where it can."""
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if groups and (len(groups[-1]) + 1) * lengths[groups[-1][0]] <= budget:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups
