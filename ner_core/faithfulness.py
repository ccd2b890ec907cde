"""Does a quicker way to run a model read what the model reads?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ner_core.calibration import expected_calibration_error
from ner_core.metrics import score_titles
from ner_core.spans import Span, triples

if TYPE_CHECKING:
    from ner_core.tagger import Reading

Gold = Sequence[Sequence[Span]]

LEAST_SAME, F1_MARGIN, ECE_MARGIN = 0.99, 0.003, 0.005


@dataclass(frozen=True)
class Faithfulness:
    """Readings of annotated titles by the model as it is, and the quicker way.

    same: share of titles with identical spans; moved: mean change of a title's confidence; f1 and ece (of titles): first as it is, then
    the quicker way.
    """

    titles: int
    same: float
    moved: float
    f1: tuple[float, float]
    ece: tuple[float, float]

    @property
    def holds(self) -> bool:
        """Equal readings: identical spans for 99 % of the titles, F1 within 0.3 points, calibration at most 0.005 worse."""
        return (
            self.titles > 0
            and self.same >= LEAST_SAME
            and abs(self.f1[1] - self.f1[0]) <= F1_MARGIN
            and self.ece[1] - self.ece[0] <= ECE_MARGIN
        )

    def to_dict(self) -> dict:
        return asdict(self) | {"f1": list(self.f1), "ece": list(self.ece)}

    @classmethod
    def from_dict(cls, data: dict) -> "Faithfulness":
        """Raises KeyError, TypeError or ValueError for what to_dict does not write."""
        (f1, fast_f1), (ece, fast_ece) = data["f1"], data["ece"]
        pairs = (float(f1), float(fast_f1)), (float(ece), float(fast_ece))
        return cls(int(data["titles"]), float(data["same"]), float(data["moved"]), *pairs)


def measure_faithfulness(gold: Gold, as_it_is: "Sequence[Reading]", quicker: "Sequence[Reading]") -> Faithfulness:
    """The three sequences are of the same titles, at least one, in the same order."""
    pairs = list(zip(as_it_is, quicker, strict=True))
    return Faithfulness(
        len(pairs),
        sum(triples(one.spans) == triples(other.spans) for one, other in pairs) / len(pairs),
        sum(abs(one.confidence - other.confidence) for one, other in pairs) / len(pairs),
        (_f1(gold, as_it_is), _f1(gold, quicker)),
        (_ece(gold, as_it_is), _ece(gold, quicker)),
    )


def _f1(gold: Gold, readings: "Sequence[Reading]") -> float:
    pairs = ((wanted, reading.spans) for wanted, reading in zip(gold, readings, strict=True))
    return score_titles(pairs).micro.f1


def _ece(gold: Gold, readings: "Sequence[Reading]") -> float:
    right = [triples(reading.spans) == triples(wanted) for wanted, reading in zip(gold, readings, strict=True)]
    return expected_calibration_error([reading.confidence for reading in readings], right) or 0.0
