"""What a checkpoint is worth on annotated titles: every figure of the model card, with the kinds of its errors."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ner_core.calibration import expected_calibration_error, reliability_bins
from ner_core.formats import Record, dump_json
from ner_core.metrics import ERROR_KINDS, Score, score_title
from ner_core.spans import span_to_dict, triples
from ner_core.tagger import ModelTagger, Reading

BANDS = (("high", 0.9, 1.01), ("middle", 0.6, 0.9), ("low", 0.0, 0.6))


@dataclass(frozen=True)
class Evaluation:
    """score: counts over the titles; span_ece and title_ece: expected calibration errors; best3: right reading among the three best.

    bands: name -> (share of the titles, share of those exactly right); reliability: bins of the title confidence.
    """

    score: Score
    span_ece: float | None
    title_ece: float | None
    best3: float
    bands: dict[str, tuple[float, float | None]]
    reliability: list[list]

    def to_dict(self) -> dict:
        return {
            **self.score.to_dict(),
            "span_ece": self.span_ece,
            "title_ece": self.title_ece,
            "best3": self.best3,
            "bands": {name: {"share": share, "exact": exact} for name, (share, exact) in self.bands.items()},
        }


def evaluate(tagger: ModelTagger, records: Sequence[Record]) -> Evaluation:
    """Reads the titles with their three best readings and compares; the texts may be raw."""
    return evaluate_readings(tagger.tag([record.text for record in records], n_best=2), records)


def evaluate_readings(readings: Sequence[Reading], records: Sequence[Record]) -> Evaluation:
    """readings: with at least two alternatives each, in the order of the records."""
    score = Score()
    scores, hits, confidences, exact, in_three = [], [], [], [], 0
    for reading, record in zip(readings, records, strict=True):
        wanted = triples(record.spans)
        score += score_title(record.spans, reading.spans)
        scores.extend(span.score or 0.0 for span in reading.spans)
        hits.extend(span.triple in wanted for span in reading.spans)
        confidences.append(reading.confidence)
        exact.append(triples(reading.spans) == wanted)
        in_three += any(triples(other.spans) == wanted for other in (reading, *reading.alternatives[:2]))
    return Evaluation(
        score,
        expected_calibration_error(scores, hits),
        expected_calibration_error(confidences, exact),
        in_three / len(records) if records else 0.0,
        {name: _band(confidences, exact, low, high) for name, low, high in BANDS},
        [list(row) for row in reliability_bins(confidences, exact)],
    )


def _band(confidences: list[float], exact: list[bool], low: float, high: float) -> tuple[float, float | None]:
    inside = [right for confidence, right in zip(confidences, exact, strict=True) if low <= confidence < high]
    return len(inside) / len(exact) if exact else 0.0, sum(inside) / len(inside) if inside else None


def format_evaluation(name: str, found: Evaluation) -> str:
    """The figures as a few aligned lines for the terminal."""
    lines = [f"{name}: {found.score.titles} titles"]
    for label, counts in [("micro", found.score.micro), *sorted(found.score.labels.items())]:
        lines.append(
            f"  {label:5}  P {counts.precision:.3f}  R {counts.recall:.3f}  F1 {counts.f1:.3f}  gold {counts.tp + counts.fn}"
        )
    lines.append(
        f"  title exact {found.score.title_exact:.3f}  line-up exact {found.score.lineup_exact:.3f}  right in best 3 {found.best3:.3f}"
    )
    lines.append(f"  ECE of spans {_figure(found.span_ece)}  of title confidence {_figure(found.title_ece)}")
    lines.extend(
        f"  band {band:6}  share {share:.3f}  exact {_figure(exact)}" for band, (share, exact) in found.bands.items()
    )
    lines.append(
        "  errors: " + ", ".join(f"{kind.replace('_', ' ')} {found.score.errors[kind]}" for kind in ERROR_KINDS)
    )
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"


def write_predictions(path: Path, readings: Sequence[Reading], records: Sequence[Record]) -> None:
    """JSON lines with spans, scores and confidence, as `manage.py predict` writes them."""
    with path.open("w", encoding="utf-8") as file:
        for reading, record in zip(readings, records, strict=True):
            spans = [span_to_dict(span) for span in reading.spans]
            file.write(dump_json({"text": record.text, "spans": spans, "confidence": reading.confidence}) + "\n")


def write_report(path: Path, evaluations: dict[str, Evaluation]) -> None:
    path.write_text(
        json.dumps({name: found.to_dict() for name, found in evaluations.items()}, indent=2) + "\n", encoding="utf-8"
    )
