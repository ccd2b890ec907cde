"""The gate: a candidate against the active model on frozen gold.

It passes if it is nowhere worse by more than a margin, and better in one thing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from django.conf import settings

from annotator.domain.band_limits import current_limits
from annotator.domain.blind_sample import draw_sample
from annotator.domain.gold import GoldSet, read_gold
from annotator.domain.job_rows import claim_alone, fail_job, finish_job, touch_job
from annotator.domain.model_versions import active_version, checkpoint_directory
from annotator.exceptions import JobCancelled, LineupDeskError
from annotator.models import Comparison, ModelVersion
from ner_core.artifacts import WEIGHTS
from ner_core.comparison import MICRO, Difference, compare_f1
from ner_core.formats import Record
from ner_core.spans import span_to_dict, triples
from ner_core.tagger import Reading, Tagger
from ner_core.training.evaluate import Evaluation, evaluate_readings

# What a candidate may lose: F1 over all, F1 of a label (with enough gold of it), calibration errors, share of its speed.
MICRO_MARGIN, LABEL_MARGIN, ECE_MARGIN, SPEED_LEAST = 0.005, 0.03, 0.02, 0.7
LABEL_GOLD = 20
# What counts as better: one of these is enough.
MICRO_GAIN, ECE_GAIN, SPEED_GAIN = 0.005, 0.01, 1.5
CHANGED_KEPT = 2000
LIMIT_STEPS = [step / 100 for step in range(50, 100)]
LIMIT_LEAST_TITLES = 20
_CHUNK = 256

Touch = Callable[[], None]


@dataclass(frozen=True)
class Measured:
    """One model on the gold. speed: titles a second on this machine at this moment; size: bytes of its weights."""

    readings: list[Reading]
    evaluation: Evaluation
    speed: float
    size: int


def compare_with_active(
    candidate: ModelVersion, *, load: Callable[[Path], Tagger], on_progress: Touch = lambda: None
) -> Comparison | None:
    """Reads the gold with both and stores what came out; None where there is nothing to compare with: no other version is active."""
    active = active_version()
    if active is None or active.pk == candidate.pk:
        return None
    gold = read_gold()
    taggers = [load(checkpoint_directory(version)) for version in (active, candidate)]
    before, after = (
        _measure(tagger, version, gold.records, on_progress)
        for tagger, version in zip(taggers, (active, candidate), strict=True)
    )
    differences = compare_f1(
        [record.spans for record in gold.records],
        [reading.spans for reading in before.readings],
        [reading.spans for reading in after.readings],
    )
    reasons = judge(differences, before, after, titles=len(gold.records))
    return Comparison.objects.create(
        candidate=candidate,
        against=active,
        gold_digest=gold.digest,
        titles=len(gold.records),
        passed=not reasons,
        reasons=reasons,
        report=_report(differences, before, after, gold),
        changed=_changed(gold.records, before.readings, after.readings),
        sample=draw_sample(*taggers),
    )


def run_comparison(job_id: str, *, load: Callable[[Path], Tagger]) -> None:
    """The job around compare_with_active. A job that is over or runs elsewhere is left alone."""
    job = claim_alone(job_id)
    if job is None:
        return
    version = ModelVersion.objects.filter(pk=job.params["version"]).first()
    try:
        comparison = version and compare_with_active(version, load=load, on_progress=lambda: touch_job(job))
    except JobCancelled:
        return
    except LineupDeskError as error:
        fail_job(job, code=error.code, message=error.message)
    else:
        finish_job(job, result={"version": job.params["version"], "comparison": comparison and comparison.pk})


def judge(differences: dict[str, Difference], before: Measured, after: Measured, *, titles: int) -> list[dict]:
    """Why the candidate does not pass; empty if it does.

    Codes: too_few_gold, worse_f1, worse_label, worse_calibration, slower, no_better.
    """
    least = max(1, settings.GATE_MIN_TITLES)
    if titles < least:
        return [_reason("too_few_gold", titles, least)]
    reasons = [*_worse_f1(differences), *_worse_otherwise(before, after)]
    if not reasons and not _is_better(differences, before, after):
        reasons.append(_reason("no_better", differences[MICRO].change, MICRO_GAIN))
    return reasons


def _worse_f1(differences: dict[str, Difference]) -> list[dict]:
    micro = differences[MICRO]
    found = []
    if micro.change < -MICRO_MARGIN or micro.high < 0:
        found.append(_reason("worse_f1", micro.change, -MICRO_MARGIN))
    for label, difference in differences.items():
        is_lost = difference.change < -LABEL_MARGIN and difference.gold >= LABEL_GOLD
        if label != MICRO and is_lost:
            found.append(_reason("worse_label", difference.change, -LABEL_MARGIN, label=label))
    return found


def _worse_otherwise(before: Measured, after: Measured) -> list[dict]:
    found = []
    if _ece(after) - _ece(before) > ECE_MARGIN:
        found.append(_reason("worse_calibration", _ece(after) - _ece(before), ECE_MARGIN))
    if after.speed < SPEED_LEAST * before.speed:
        found.append(_reason("slower", after.speed / before.speed, SPEED_LEAST))
    return found


def _is_better(differences: dict[str, Difference], before: Measured, after: Measured) -> bool:
    return (
        differences[MICRO].change >= MICRO_GAIN
        or any(difference.low > 0 for difference in differences.values())
        or _ece(before) - _ece(after) >= ECE_GAIN
        or after.speed >= SPEED_GAIN * before.speed
    )


def _ece(measured: Measured) -> float:
    return measured.evaluation.title_ece or 0.0


def _reason(code: str, value: float, limit: float, *, label: str = "") -> dict:
    return {"code": code, "value": round(value, 4), "limit": limit, "label": label}


def _measure(tagger: Tagger, version: ModelVersion, records: Sequence[Record], on_progress: Touch) -> Measured:
    tagger.tag([record.text for record in records[:8]])  # what is done once at the start is not the speed
    readings: list[Reading] = []
    begun = perf_counter()
    for start in range(0, len(records), _CHUNK):
        readings += tagger.tag([record.text for record in records[start : start + _CHUNK]], n_best=2)
        on_progress()
    taken = perf_counter() - begun
    weights = checkpoint_directory(version) / WEIGHTS
    return Measured(
        readings,
        evaluate_readings(readings, records),
        len(records) / taken if taken else 0.0,
        weights.stat().st_size if weights.exists() else 0,
    )


def _report(differences: dict[str, Difference], before: Measured, after: Measured, gold: GoldSet) -> dict:
    return {
        "f1": {name: difference.to_dict() for name, difference in differences.items()},
        "before": _figures(before),
        "after": _figures(after),
        "high_limit": matching_limit(before, after, gold.records),
        "changed": sum(
            triples(one.spans) != triples(other.spans)
            for one, other in zip(before.readings, after.readings, strict=True)
        ),
    }


def _figures(measured: Measured) -> dict:
    figures = measured.evaluation.to_dict()
    return figures | {
        "reliability": measured.evaluation.reliability,
        "speed": round(measured.speed, 1),
        "size": measured.size,
    }


def matching_limit(before: Measured, after: Measured, records: Sequence[Record]) -> float | None:
    """The least limit of the high band at which the candidate's automatic readings are as often right as those of the active model are at
    the limit of now. None where too few gold titles are beyond it, or no limit does it."""
    wanted = _right_beyond(before.readings, records, current_limits().high)
    if wanted is None:
        return None
    for limit in LIMIT_STEPS:
        share = _right_beyond(after.readings, records, limit)
        if share is not None and share >= wanted:
            return limit
    return None


def _right_beyond(readings: Sequence[Reading], records: Sequence[Record], limit: float) -> float | None:
    right = [
        triples(reading.spans) == triples(record.spans)
        for reading, record in zip(readings, records, strict=True)
        if reading.confidence >= limit
    ]
    return sum(right) / len(right) if len(right) >= LIMIT_LEAST_TITLES else None


def _changed(records: Sequence[Record], before: Sequence[Reading], after: Sequence[Reading]) -> list[dict]:
    rows = [
        {
            "text": record.text,
            "before": _dicts(one),
            "after": _dicts(other),
            "gold": [span_to_dict(span) for span in record.spans],
        }
        for record, one, other in zip(records, before, after, strict=True)
        if triples(one.spans) != triples(other.spans)
    ]
    return rows[:CHANGED_KEPT]


def _dicts(reading: Reading) -> list[dict]:
    return [span_to_dict(span) for span in reading.spans]
