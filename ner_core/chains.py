"""Linear chains over classes, many texts at once: the moves between units, and the sums of the forward-backward algorithm.

Tables have the chains in their last dimension, so that every step runs over neighbours in memory. What stands beyond the last unit of a
chain means nothing.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ner_core.labels import LabelScheme

NEVER = -np.inf
_LOWEST = np.finfo(float).min
_zeros_are_never = np.errstate(divide="ignore")  # once for a table: entering it costs as much as a step


@dataclass(frozen=True)
class Moves:
    """What paths gain between units. steps: float [C, C] (row: from), -inf for never; first: float [C], the same for the first unit."""

    steps: np.ndarray
    first: np.ndarray
    scheme: LabelScheme

    @cached_property
    def leaves(self) -> np.ndarray:
        """float [to C, from C, 1]: 1 where the span of the one before, if there is one, does not go on."""
        return (~self.scheme.continues.T[:, :, None]).astype(float)

    @cached_property
    def forward(self) -> np.ndarray:
        """float [from C, to C, 1]"""
        return self.steps[:, :, None]

    @cached_property
    def backward(self) -> np.ndarray:
        """float [to C, from C, 1]"""
        return np.ascontiguousarray(self.steps.T)[:, :, None]

    @cached_property
    def openings(self) -> np.ndarray:
        """float [from C, 1, to C, 1]: the steps with which a span starts."""
        return np.where(self.scheme.starts, self.steps, NEVER)[:, None, :, None]

    @cached_property
    def entering(self) -> np.ndarray:
        """float [C]: what the first step within a span that begins with this class gains more than each further one."""
        inside = self.scheme.inside
        return self.steps[np.arange(len(inside)), inside] - self.steps[inside, inside]

    def run(self, emissions: np.ndarray) -> np.ndarray:
        """float [U, C, B]: what a path has gathered at a unit if it has kept this class from the first unit on."""
        stays = np.diagonal(self.steps)
        return np.cumsum(emissions + np.where(np.isfinite(stays), stays, 0.0)[:, None], axis=0)

    @cached_property
    def successors(self) -> tuple[np.ndarray, np.ndarray]:
        """int [C, N], float [C, N]: the classes that may follow each class, and their steps; what fills up a shorter row is never taken."""
        legal = np.isfinite(self.steps)
        order = np.argsort(~legal, axis=1, kind="stable")[:, : legal.sum(axis=1).max()]
        return order, np.take_along_axis(self.steps, order, axis=1)

    @cached_property
    def beginnings(self) -> np.ndarray:
        """int [N]: the classes that the first unit may have."""
        return np.flatnonzero(np.isfinite(self.first))


class Chains:
    """B chains over C classes. rows: float [units of all, C], one chain after the other; lengths: int [B], none 0, longest first."""

    def __init__(self, rows: np.ndarray, lengths: np.ndarray, moves: Moves) -> None:
        units = np.arange(lengths[0])
        self.lengths, self.moves = lengths, moves
        self.has_unit = units < lengths[:, None]  # bool [B, U]
        self.running: list[int] = self.has_unit.sum(axis=0).tolist()  # how many chains have each unit
        table = np.zeros((*self.has_unit.shape, rows.shape[1]))
        table[self.has_unit] = rows
        self.emissions = np.ascontiguousarray(table.transpose(1, 2, 0))  # float [U, C, B]

    @_zeros_are_never
    def forward(self) -> np.ndarray:
        """float [U, C, B]: log sum over the beginnings of paths that end in this class at this unit."""
        table = self.emissions.copy()
        table[0] += self.moves.first[:, None]
        for unit in range(1, len(table)):
            here = slice(self.running[unit])
            table[unit, :, here] += log_sum(table[unit - 1, :, None, here] + self.moves.forward)
        return table

    @_zeros_are_never
    def backward(self) -> tuple[np.ndarray, np.ndarray]:
        """float [U, C, B] twice: log sum over the ends of paths that leave this class at this unit, and over those of them in which
        a span that has this class there ends with it."""
        table, left = np.zeros_like(self.emissions), np.zeros_like(self.emissions)
        for unit in range(len(table) - 2, -1, -1):
            here = slice(self.running[unit + 1])
            reach = self.emissions[unit + 1, :, here] + table[unit + 1, :, here]
            terms, peak = _scaled(reach[:, None] + self.moves.backward)
            table[unit, :, here] = np.log(terms.sum(axis=0)) + peak
            # What is lost here below the peak is lost in the probability of the span as well.
            left[unit, :, here] = np.log((terms * self.moves.leaves).sum(axis=0)) + peak
        return table, left

    @_zeros_are_never
    def opened(self, forward: np.ndarray) -> np.ndarray:
        """float [U, C, B]: log sum over the beginnings of paths in which a span starts at this unit, for the classes that begin one."""
        if self.moves.scheme.kind == "BIO":  # B-X is nothing but a start
            return forward
        table = self.emissions.copy()
        table[0] += self.moves.first[:, None]
        table[1:] += log_sum(forward[:-1].transpose(1, 0, 2)[:, :, None] + self.moves.openings)
        return table

    def log_partition(self, forward: np.ndarray) -> np.ndarray:
        """float [B]: log sum over all paths."""
        return log_sum(forward[self.lengths - 1, :, np.arange(len(self.lengths))].T)


def log_sum(values: np.ndarray) -> np.ndarray:
    """log(sum(exp(values))) over the first dimension; keeps -inf and does not overflow. Overwrites the values."""
    terms, peak = _scaled(values)
    return np.log(terms.sum(axis=0)) + peak


def _scaled(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(exp(values - peak), peak), in place."""
    peak = np.maximum(values.max(axis=0), _LOWEST)
    values -= peak
    return np.exp(values, out=values), peak
