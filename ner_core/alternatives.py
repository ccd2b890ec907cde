"""Which other reading is right if the best one is not: told by how it differs from the best.

A chain over words gives many readings that cut a name in two or move its edge by a word a little probability each, and people seldom
correct to these: they join what was cut, take away what is none, or change a label. A log-linear prior over the kinds of edits puts the
likelier corrections first. The best reading, its spans and its confidence stay as they are.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from ner_core.spans import Span

LOG_PROBABILITY = "log_probability"
# Rounded; their region was chosen with ../shared/gold/eval*.jsonl as the guide and is wide (ner_core/starter/README.md).
EDITS = {LOG_PROBABILITY: 0.75, "label": 0.5, "merge": 1.0, "split": -1.0, "edge": -0.5, "removed": 1.0, "added": -1.0}
WEIGHED = 15  # readings behind the best: what comes later is hardly ever right
_LEAST = 1e-9

Triple = tuple[int, int, str]


def find_edits(best: Sequence[Triple], other: Sequence[Triple]) -> Counter[str]:
    """Kind -> how often: what makes the best reading this other one. Where an edge and the label change, neither counts."""
    gone, new = [one for one in best if one not in other], [one for one in other if one not in best]
    found: Counter[str] = Counter()
    cut = set()
    for one in gone:
        parts = [part for part in new if _overlap(one, part)]
        if not parts:
            found["removed"] += 1
        elif len(parts) > 1:
            found["split"] += 1
            cut.update(parts)
    for part in new:
        wholes = [one for one in gone if _overlap(one, part)]
        if not wholes:
            found["added"] += 1
        elif len(wholes) > 1:
            found["merge"] += 1
        elif part not in cut:
            found.update(_one_to_one(wholes[0], part))
    return found


def weigh_alternatives(
    readings: Sequence[Sequence[Span]], shares: Sequence[float], weights: Mapping[str, float]
) -> list[tuple[int, float]]:
    """(index, probability) of each reading, best first, as Reranker.order gives them: the first keeps its place and probability, the
    next WEIGHED share theirs anew, and none gets more than the first."""
    best, behind = _triples(readings[0]), slice(1, WEIGHED + 1)
    scores = [
        weights.get(LOG_PROBABILITY, 1.0) * math.log(max(share, _LEAST))
        + sum(weights.get(kind, 0.0) * count for kind, count in find_edits(best, _triples(spans)).items())
        for spans, share in zip(readings[behind], shares[behind], strict=True)
    ]
    peak = max(scores, default=0.0)
    raw = [math.exp(score - peak) for score in scores]
    scale = min(sum(shares[behind]) / sum(raw), shares[0]) if raw else 0.0
    told = [*(scale * one for one in raw), *shares[WEIGHED + 1 :]]
    return [(0, shares[0]), *sorted(enumerate(told, 1), key=lambda pair: -pair[1])]


def _one_to_one(one: Triple, part: Triple) -> list[str]:
    if one[:2] == part[:2]:
        return ["label"]
    return ["edge"] if one[2] == part[2] else []


def _overlap(one: Triple, other: Triple) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _triples(spans: Sequence[Span]) -> list[Triple]:
    return [(span.start, span.end, span.label) for span in spans]
