"""Dynamic programmes over linear chains, many texts at once: sums by forward-backward, the n best paths by a beam with exact outlook.

Each array has the texts in its first and the units in its second dimension. What stands beyond the last unit of a text means nothing.
"""

from collections.abc import Sequence

import numpy as np

from ner_core.labels import LabelScheme

_NEVER = -np.inf


class Chains:
    """B chains over C classes. emissions: float [units, C] of each, at least one unit, longest chain first;

    steps: float [C, C] potentials between units (row: from), -inf for never; first: float [C], the same for the first unit.
    """

    def __init__(
        self, emissions: Sequence[np.ndarray], steps: np.ndarray, first: np.ndarray, scheme: LabelScheme
    ) -> None:
        self.lengths = np.array([len(rows) for rows in emissions])
        self.emissions = np.zeros((len(emissions), self.lengths.max(), len(first)))  # [B, U, C]
        for chain, rows in zip(self.emissions, emissions, strict=True):
            chain[: len(rows)] = rows
        self.steps, self.first, self._scheme = steps, first, scheme
        units = np.arange(self.emissions.shape[1])
        self._running = (self.lengths[:, None] > units).sum(axis=0)  # [U]: how many chains have this unit

    def forward(self) -> np.ndarray:
        """[B, U, C]: log sum over the beginnings of paths that end in this class at this unit."""
        table = self.emissions.copy()
        table[:, 0] += self.first
        for unit in range(1, table.shape[1]):
            here = slice(self._running[unit])
            table[here, unit] += log_sum(table[here, unit - 1, :, None] + self.steps, axis=1)
        return table

    def backward(self) -> np.ndarray:
        """[B, U, C]: log sum over the ends of paths that leave this class at this unit."""
        table = np.zeros_like(self.emissions)
        for unit in range(table.shape[1] - 2, -1, -1):
            here = slice(self._running[unit + 1])
            reach = self.emissions[here, unit + 1] + table[here, unit + 1]
            table[here, unit] = log_sum(self.steps + reach[:, None, :], axis=2)
        return table

    def opened(self, forward: np.ndarray) -> np.ndarray:
        """[B, U, C]: log sum over the beginnings of paths in which a span starts with this class at this unit."""
        table = self.emissions.copy()
        table[:, 0] += self.first
        starts = np.where(self._scheme.starts, self.steps, _NEVER)
        table[:, 1:] += log_sum(forward[:, :-1, :, None] + starts, axis=2)
        return table

    def left(self, backward: np.ndarray) -> np.ndarray:
        """[B, U, C]: log sum over the ends of paths in which a span ends with this class at this unit."""
        table = np.zeros_like(self.emissions)
        leaves = np.where(self._scheme.continues, _NEVER, self.steps)
        reach = self.emissions[:, 1:] + backward[:, 1:]
        table[:, :-1] = log_sum(leaves + reach[:, :, None, :], axis=3)
        table[np.arange(len(table)), self.lengths - 1] = 0.0
        return table

    def outlook(self) -> np.ndarray:
        """[B, U, C]: the best end of a path that leaves this class at this unit."""
        table = np.zeros_like(self.emissions)
        for unit in range(table.shape[1] - 2, -1, -1):
            here = slice(self._running[unit + 1])
            reach = self.emissions[here, unit + 1] + table[here, unit + 1]
            table[here, unit] = (self.steps + reach[:, None, :]).max(axis=2)
        return table

    def best_paths(self, count: int) -> list[list[tuple[list[int], float]]]:
        """The `count` best paths of each chain with their log potentials, best first; fewer if there are fewer.

        Each beginning of a path is kept or dropped by the best path that it leads to. At most `count` beginnings of one length lead to
        one of the `count` best paths, so that a beam of that width misses none.
        """
        chains, units, classes = self.emissions.shape
        outlook = self.outlook()
        scores = np.full((chains, count), _NEVER)
        places = np.zeros(
            (units, chains, count), dtype=np.int64
        )  # where each beginning stands in the table of the step
        reach = np.full((chains, count, classes), _NEVER)
        reach[:, 0] = self.first
        for unit in range(units):
            here = slice(self._running[unit])
            reach = self._step(scores[here], places[unit - 1, here]) if unit else reach
            reach = reach + self.emissions[here, unit, None]
            worth = (reach + outlook[here, unit, None]).reshape(len(reach), -1)
            kept = np.argpartition(-worth, count - 1, axis=1)[:, :count]
            places[unit, here] = kept
            scores[here] = np.take_along_axis(reach.reshape(len(reach), -1), kept, axis=1)
        return self._trace(places, scores)

    def _step(self, scores: np.ndarray, places: np.ndarray) -> np.ndarray:
        """[B, count, C]: the scores of all that may follow the beginnings."""
        return scores[:, :, None] + self.steps[places % len(self.first)]

    def _trace(self, places: np.ndarray, scores: np.ndarray) -> list[list[tuple[list[int], float]]]:
        """Follows the places back from the last unit of each chain; place = rank of the beginning * classes + class."""
        units, chains, count = places.shape
        classes = self.emissions.shape[2]
        rank = np.argsort(-scores, axis=1, kind="stable")
        ordered = np.take_along_axis(scores, rank, axis=1)
        paths = np.zeros((chains, count, units), dtype=np.int64)
        for unit in range(units - 1, -1, -1):
            here = slice(self._running[unit])
            cells = np.take_along_axis(places[unit, here], rank[here], axis=1)
            paths[here, :, unit] = cells % classes
            rank[here] = cells // classes
        found = []
        for chain, length in enumerate(self.lengths.tolist()):
            legal = int((ordered[chain] > _NEVER).sum())
            found.append(
                list(zip(paths[chain, :legal, :length].tolist(), ordered[chain, :legal].tolist(), strict=True))
            )
        return found


def log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    """log(sum(exp(values))) that keeps -inf and does not overflow."""
    peak = np.max(values, axis=axis, keepdims=True)
    peak = np.where(np.isfinite(peak), peak, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - peak).sum(axis=axis)) + np.squeeze(peak, axis=axis)
