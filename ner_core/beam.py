"""The n best paths of many chains at once, by a beam with exact outlook.

Each beginning of a path is kept or dropped by its worth, the score of the best path that it leads to. At most `count` beginnings of one
length lead to one of the `count` best paths, so that a beam of that width misses none. A step takes from the worth what it falls short of
the best step, so that neither emissions nor the way so far are looked at again.
"""

from typing import NamedTuple

import numpy as np

from ner_core.chains import NEVER, Chains


class Paths(NamedTuple):
    """classes: int [B, K, U], without meaning beyond the units of a chain and where there is no path;

    scores: float [B, K], log potentials, falling, -inf where there is no path.
    """

    classes: np.ndarray
    scores: np.ndarray


class _Beginnings(NamedTuple):
    """W beginnings of the paths of each chain that has the unit they end at. worth: float [B, W]; classes: int [B, W], of this unit;

    parents: int [B, W], places in the beam of the unit before.
    """

    worth: np.ndarray
    classes: np.ndarray
    parents: np.ndarray


def best_paths(chains: Chains, count: int) -> Paths:
    """The `count` best paths of each chain, best first."""
    outlook = _outlook(chains)
    falls = _falls(chains, outlook)
    beams = [_start(chains, outlook, count)]
    for unit, running in enumerate(chains.running[1:]):
        beams.append(_extend(beams[-1], falls[unit, :running], chains.moves.successors[0], count))
    return _trace(chains, beams, count)


def _outlook(chains: Chains) -> np.ndarray:
    """float [U, C, B]: the score of the best way on from this class at this unit, itself included."""
    table = chains.emissions.copy()
    for unit in range(len(table) - 2, -1, -1):
        here = slice(chains.running[unit + 1])
        table[unit, :, here] += (table[unit + 1, :, None, here] + chains.moves.backward).max(axis=0)
    return table


def _falls(chains: Chains, outlook: np.ndarray) -> np.ndarray:
    """float [U - 1, B, C, N]: how much less the best path has after each move than before it."""
    successors, steps = chains.moves.successors
    on = np.ascontiguousarray(outlook.transpose(0, 2, 1))  # [U, B, C]
    after = on[1:].take(successors, axis=2) + steps
    after -= (on - chains.emissions.transpose(0, 2, 1))[:-1, :, :, None]
    return after


def _start(chains: Chains, outlook: np.ndarray, count: int) -> _Beginnings:
    beginnings = chains.moves.beginnings
    worth = (outlook[0] + chains.moves.first[:, None])[beginnings].T
    worth, kept = _keep(worth, count)
    return _Beginnings(worth, beginnings[kept], kept)


def _extend(before: _Beginnings, falls: np.ndarray, successors: np.ndarray, count: int) -> _Beginnings:
    """falls: float [B, C, N]; successors: int [C, N]"""
    chains, classes, choices = falls.shape
    known, width = before.classes[:chains], before.classes.shape[1]
    rows = np.arange(chains)[:, None]
    fall = falls.reshape(-1, choices).take(known + rows * classes, axis=0)
    worth, kept = _keep((before.worth[:chains, :, None] + fall).reshape(chains, -1), count)
    parents = kept // choices
    cells = known.take(parents + rows * width) * choices + (kept - parents * choices)
    return _Beginnings(worth, successors.take(cells), parents)


def _keep(worth: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` best of each row, in any order, and where they stood."""
    size = worth.shape[1]
    if size <= count:
        return worth, np.broadcast_to(np.arange(size), worth.shape)
    kept = worth.argpartition(size - count, axis=1)[:, size - count :]
    return worth.take(kept + np.arange(len(worth))[:, None] * size), kept


def _trace(chains: Chains, beams: list[_Beginnings], count: int) -> Paths:
    """Follows the parents back from the last unit of each chain."""
    size, units = chains.has_unit.shape
    scores = np.full((size, count), NEVER)
    for beam in beams:
        scores[: len(beam.worth), : beam.worth.shape[1]] = beam.worth
    ranks = np.argsort(-scores, axis=1, kind="stable")
    first = np.arange(size)[:, None]
    scores = scores.take(ranks + first * count)
    classes = np.zeros((units, size, count), dtype=np.intp)
    for unit in range(units - 1, -1, -1):
        beam = beams[unit]
        running, width = beam.classes.shape
        cells = np.minimum(ranks[:running], width - 1) + first[:running] * width
        classes[unit, :running] = beam.classes.take(cells)
        ranks[:running] = beam.parents.take(cells)
    return Paths(np.ascontiguousarray(classes.transpose(1, 2, 0)), scores)
