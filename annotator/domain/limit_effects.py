"""What a limit of the high band would do: to the volume that is settled without a person, and to its error."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from annotator.domain.band_limits import Limits
from annotator.domain.estimates import Share, share_of_sums
from annotator.domain.quality import Judged

STRATA = 20


@dataclass(frozen=True)
class Volume:
    """One recent reading, of which nobody needs to know whether it is right."""

    confidence: float
    weakest: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """Shares of the recent readings: `auto` without a person, `one` to one reviewer, `two` to two; they sum to 1.

    `error`: of the auto share; None where nobody has judged a reading of that kind.
    """

    high: float
    auto: float
    one: float
    two: float
    error: Share | None


def limit_effects(
    candidates: Iterable[float], limits: Limits, *, volume: Sequence[Volume], judged: Sequence[Judged]
) -> list[Effect]:
    """One effect for each limit of the high band, with the middle limit and the label limits of `limits`; none without volume.

    Judged readings count for as many as they stand for: an audit for 1 / its probability, and all of a stratum of confidence
    (1/20 wide) together for the recent readings in it, since uncertain titles are reviewed sooner and more often than others.
    """
    if not volume:
        return []
    passing = sorted(row.confidence for row in volume if _passes(row, limits))
    low = sum(row.confidence < limits.middle for row in volume) / len(volume)
    errors = _Errors([pair for pair in _weighted(judged, volume) if _passes(pair[0], limits)])
    return [_effect(high, passing, len(volume), low, errors) for high in candidates]


class _Errors:
    """Sums of weights from each confidence up, so that a hundred limits cost no more than one."""

    def __init__(self, weighted: list[tuple[Judged, float]]) -> None:
        weighted = sorted(weighted, key=lambda pair: -pair[0].confidence)
        self.falling = [-row.confidence for row, _ in weighted]
        self.wrong = [0.0, *accumulate(weight * row.wrong for row, weight in weighted)]
        self.total = [0.0, *accumulate(weight for _, weight in weighted)]
        self.squares = [0.0, *accumulate(weight**2 for _, weight in weighted)]

    def above(self, limit: float) -> Share | None:
        count = bisect_left(self.falling, -limit + 1e-12)
        return share_of_sums(self.wrong[count], self.total[count], self.squares[count], count)


def _effect(high: float, passing: Sequence[float], total: int, low: float, errors: _Errors) -> Effect:
    auto = (len(passing) - bisect_left(passing, high)) / total
    return Effect(high=high, auto=auto, one=max(0.0, 1 - auto - low), two=low, error=errors.above(high))


def _passes(row: Volume | Judged, limits: Limits) -> bool:
    return all(row.weakest.get(label, 1.0) >= least for label, least in limits.per_label.items())


def _weighted(judged: Sequence[Judged], volume: Sequence[Volume]) -> list[tuple[Judged, float]]:
    """Each judged reading with the number of recent readings that it stands for."""
    wanted = Counter(_stratum(row.confidence) for row in volume)
    known: Counter[int] = Counter()
    for row in judged:
        known[_stratum(row.confidence)] += row.weight
    return [
        (row, row.weight * wanted[stratum] / known[stratum])
        for row in judged
        if wanted[stratum := _stratum(row.confidence)]
    ]


def _stratum(confidence: float) -> int:
    return min(STRATA - 1, int(confidence * STRATA))
