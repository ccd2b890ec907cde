"""Maps raw probabilities to probabilities of being exactly right, and measures how well that holds.

Two maps of one score, both monotone, so that calibration never changes an order: Platt scaling (Platt 1999) on the log odds for
few samples, isotonic regression by pool-adjacent-violators (Zadrozny & Elkan 2002) for many.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np

Method = Literal["platt", "isotonic"]
POOLED = "*"
MOST_SPANS = 4
_EPSILON = 1e-9
ISOTONIC_FROM = 100


class Bin(NamedTuple):
    """Scores in [low, high): how many, their mean, and the share that was right (None where there are none)."""

    low: float
    high: float
    count: int
    mean_score: float | None
    accuracy: float | None


@dataclass(frozen=True)
class ScoreMap:
    """A monotone map of log odds to probability: straight lines between knots (x ascending, y not descending).

    Left and right of the knots y stays the same. A Platt map is stored as the knots of its curve's two parameters instead:
    slope and intercept.
    """

    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, score: float) -> float:
        odds = _log_odds(score)
        if self.x:
            return _between(odds, self.x, self.y)
        return _sigmoid(self.slope * odds + self.intercept)

    def lowered(self, log_odds: float) -> "ScoreMap":
        """The same map, surer by so much less at every score."""
        if self.x:
            return replace(self, y=tuple(min(value, _sigmoid(_log_odds(value) - log_odds)) for value in self.y))
        return replace(self, intercept=self.intercept - log_odds)

    def to_dict(self) -> dict:
        if self.x:
            return {"kind": "isotonic", "x": list(self.x), "y": list(self.y)}
        return {"kind": "platt", "slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_dict(cls, data: dict) -> "ScoreMap":
        """Raises ValueError for a map that is not a monotone one of probabilities, KeyError for one that is not whole."""
        if data["kind"] == "platt":
            found = cls(slope=float(data["slope"]), intercept=float(data["intercept"]))
        elif data["kind"] == "isotonic":
            found = cls(x=tuple(map(float, data["x"])), y=tuple(map(float, data["y"])))
        else:
            raise ValueError(f"unknown kind of calibration map: {data['kind']!r}")
        _check_map(found, knots=data["kind"] == "isotonic")
        return found


@dataclass(frozen=True)
class Calibration:
    """temperature goes into decoding; `spans` has one map for each label (POOLED for the rest), `reading` one for whole readings.

    `shifts`: what each span of a label (up to MOST_SPANS of it) adds to the log odds of a reading before its map: readings with
    event information are wrong more often than others of the same probability. Without maps every probability stays as it is.
    """

    temperature: float = 1.0
    spans: dict[str, ScoreMap] = field(default_factory=dict)
    reading: ScoreMap | None = None
    shifts: dict[str, float] = field(default_factory=dict)

    def span_score(self, label: str, score: float) -> float:
        used = self.spans.get(label) or self.spans.get(POOLED)
        return used.apply(score) if used else score

    def cautious(self, log_odds: float) -> "Calibration":
        """Confidences of whole readings lowered by this: for a model that was trained on the titles that the maps were fitted on."""
        return replace(self, reading=self.reading.lowered(log_odds)) if self.reading else self

    def confidence(self, probability: float, labels: Sequence[str] = ()) -> float:
        """labels: those of the reading's spans, each as often as it occurs."""
        if not self.reading:
            return probability
        return self.reading.apply(shift_probability(probability, labels, self.shifts))

    def confidences(self, probabilities: Sequence[float], labels: Sequence[Sequence[str]] | None = None) -> list[float]:
        """The confidences of the n best readings of one title, best first, with the labels of each one's spans.

        At most one can be right, so they sum to at most 1; none is above the one before it.
        """
        left, least, found = 1.0, 1.0, []
        for probability, names in zip(probabilities, labels or [()] * len(probabilities), strict=True):
            least = min(left, least, self.confidence(probability, names))
            found.append(least)
            left = max(0.0, left - least)
        return found

    @classmethod
    def fit(
        cls,
        spans: Iterable[tuple[str, float, bool]],
        readings: Iterable[tuple[float, bool]],
        *,
        reading_labels: Sequence[Sequence[str]] | None = None,
        temperature: float = 1.0,
        method: Method = "isotonic",
        min_samples: int = 50,
    ) -> "Calibration":
        """Fits on held-out titles. spans: (label, raw score, right?); readings: (raw probability, right?).

        reading_labels: the labels of each reading's spans, to fit shifts too. A label with fewer than min_samples spans uses the
        pooled map, one with fewer than ISOTONIC_FROM a Platt map: steps would rest on a handful of spans. Scores must come from decoding
        at this temperature.
        """
        groups: dict[str, list[tuple[float, bool]]] = {POOLED: []}
        for label, score, right in spans:
            groups[POOLED].append((score, right))
            groups.setdefault(label, []).append((score, right))
        maps = {
            name: fit_map(samples, method if len(samples) >= ISOTONIC_FROM else "platt")
            for name, samples in groups.items()
            if len(samples) >= (1 if name == POOLED else min_samples)
        }
        reading_samples = list(readings)
        if not reading_samples:
            return cls(temperature, maps)
        shifts = fit_shifts(reading_samples, reading_labels) if reading_labels else {}
        shifted = [
            (shift_probability(probability, names, shifts), right)
            for (probability, right), names in zip(
                reading_samples, reading_labels or [()] * len(reading_samples), strict=True
            )
        ]
        return cls(temperature, maps, fit_map(shifted, method), shifts)

    def to_dict(self) -> dict:
        return {
            "temperature": self.temperature,
            "spans": {name: used.to_dict() for name, used in self.spans.items()},
            "reading": self.reading.to_dict() if self.reading else None,
            "shifts": dict(self.shifts),
        }

    @classmethod
    def from_dict(cls, data: dict) -> "Calibration":
        """Raises ValueError, KeyError or TypeError for data that to_dict did not write."""
        temperature = float(data["temperature"])
        if not 0 < temperature < math.inf:
            raise ValueError("the temperature must be above 0")
        maps = {name: ScoreMap.from_dict(used) for name, used in data["spans"].items()}
        shifts = {name: float(value) for name, value in data.get("shifts", {}).items()}
        if not all(map(math.isfinite, shifts.values())):
            raise ValueError("the shifts must be finite")
        return cls(temperature, maps, ScoreMap.from_dict(data["reading"]) if data["reading"] else None, shifts)


def shift_probability(probability: float, labels: Sequence[str], shifts: Mapping[str, float]) -> float:
    """The probability with its log odds moved by the shift of each label, as often as it occurs, up to MOST_SPANS times."""
    if not shifts:
        return probability
    moved = sum(shifts.get(name, 0.0) * min(MOST_SPANS, count) for name, count in Counter(labels).items())
    return _sigmoid(_log_odds(probability) + moved)


def fit_shifts(
    samples: Sequence[tuple[float, bool]], labels: Sequence[Sequence[str]], *, prior: float = 3.0
) -> dict[str, float]:
    """Logistic regression of being right on log odds and label counts; a Gaussian prior keeps the counts' weights small.

    Answered in units of log odds of the probability; empty if the probability itself tells nothing.
    """
    names = sorted({name for reading in labels for name in reading})
    counts = [[min(MOST_SPANS, Counter(reading)[name]) for name in names] for reading in labels]
    odds = np.array([_log_odds(probability) for probability, _ in samples])
    features = np.column_stack([odds, np.array(counts, dtype=float).reshape(len(odds), len(names)), np.ones_like(odds)])
    right = np.array([float(hit) for _, hit in samples])
    penalty = np.diag([1e-3, *[prior] * len(names), 1e-3])
    weights = np.array([1.0, *[0.0] * (len(names) + 1)])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -40, 40)))
        curvature = (features * (chance * (1 - chance))[:, None]).T @ features + penalty
        step = np.linalg.solve(curvature, features.T @ (chance - right) + penalty @ weights)
        weights -= np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    if weights[0] <= 0.05:
        return {}
    return {name: float(weight / weights[0]) for name, weight in zip(names, weights[1:-1], strict=True)}


def _check_map(used: ScoreMap, *, knots: bool) -> None:
    ascending = list(used.x) == sorted(used.x) and list(used.y) == sorted(used.y)
    probabilities = all(0 <= value <= 1 for value in used.y)
    finite = all(map(math.isfinite, (used.slope, used.intercept, *used.x)))
    if (
        len(used.x) != len(used.y)
        or knots != bool(used.x)
        or not (ascending and probabilities and finite)
        or used.slope < 0
    ):
        raise ValueError("a calibration map must be monotone and give probabilities")


def fit_map(samples: Sequence[tuple[float, bool]], method: Method) -> ScoreMap:
    """Fits one map on (score, right?) pairs; at least one pair."""
    odds = np.array([_log_odds(score) for score, _ in samples])
    right = np.array([float(hit) for _, hit in samples])
    return _fit_platt(odds, right) if method == "platt" else _fit_isotonic(odds, right)


def _fit_platt(odds: np.ndarray, right: np.ndarray) -> ScoreMap:
    """Logistic regression with Platt's smoothed targets and a weak prior on slope 1; Newton's method, slope kept above 0."""
    hits = right.sum()
    target = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    features = np.stack([odds, np.ones_like(odds)], axis=1)
    prior_mean, prior = np.array([1.0, 0.0]), np.diag([1.0, 1e-3])
    weights = prior_mean.copy()
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -40, 40)))
        gradient = features.T @ (chance - target) + prior @ (weights - prior_mean)
        curvature = (features * (chance * (1 - chance))[:, None]).T @ features + prior
        step = np.linalg.solve(curvature, gradient)
        weights -= np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return ScoreMap(slope=max(0.0, float(weights[0])), intercept=float(weights[1]))


def _fit_isotonic(odds: np.ndarray, right: np.ndarray) -> ScoreMap:
    """Pool-adjacent-violators over (mean log odds, smoothed hit rate) blocks; the blocks become knots."""
    order = np.argsort(odds, kind="stable")
    blocks: list[list[float]] = []  # [sum of log odds, hits, count]
    for at in order:
        blocks.append([odds[at], right[at], 1.0])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    x = [total / count for total, _, count in blocks]
    y = np.maximum.accumulate([(hits + 0.5) / (count + 1) for _, hits, count in blocks])
    return ScoreMap(x=tuple(map(float, x)), y=tuple(map(float, y)))


def fit_temperature(loss: Callable[[float], float], low: float = 0.25, high: float = 8.0) -> float:
    """The temperature in [low, high] with the least loss, by golden-section search on its logarithm.

    loss: mean negative log probability of the gold readings at this temperature (Guo et al. 2017).
    """
    ratio = (math.sqrt(5) - 1) / 2
    left, right = math.log(low), math.log(high)
    while right - left > 1e-3:
        inner_left, inner_right = right - ratio * (right - left), left + ratio * (right - left)
        if loss(math.exp(inner_left)) <= loss(math.exp(inner_right)):
            right = inner_right
        else:
            left = inner_left
    return math.exp((left + right) / 2)


def reliability_bins(scores: Sequence[float], right: Sequence[bool], count: int = 10) -> list[Bin]:
    """Equal-width bins of [0, 1]; the last one holds 1.0 too."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(count)]
    for score, hit in zip(scores, right, strict=True):
        groups[min(count - 1, int(score * count))].append((score, hit))
    return [_bin(index / count, (index + 1) / count, group) for index, group in enumerate(groups)]


def _bin(low: float, high: float, group: list[tuple[float, bool]]) -> Bin:
    size = len(group)
    if not size:
        return Bin(low, high, 0, None, None)
    return Bin(low, high, size, sum(score for score, _ in group) / size, sum(hit for _, hit in group) / size)


def expected_calibration_error(scores: Sequence[float], right: Sequence[bool], count: int = 10) -> float | None:
    """Mean gap between score and accuracy over the bins, weighted by their size (Naeini et al. 2015); None without scores."""
    filled = [row for row in reliability_bins(scores, right, count) if row.count]
    if not filled:
        return None
    return sum(abs(row.mean_score - row.accuracy) * row.count for row in filled) / sum(row.count for row in filled)


def _between(at: float, x: Sequence[float], y: Sequence[float]) -> float:
    """As numpy.interp, which takes ten times as long for a single number."""
    right = bisect_right(x, at)
    if right == 0 or right == len(x):
        return y[min(right, len(x) - 1)]
    share = (at - x[right - 1]) / (x[right] - x[right - 1])
    return y[right - 1] + share * (y[right] - y[right - 1])


def _log_odds(score: float) -> float:
    clipped = min(max(score, _EPSILON), 1 - _EPSILON)
    return math.log(clipped) - math.log1p(-clipped)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
