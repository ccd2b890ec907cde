"""The order of the n best readings, one reading and one span at a time, straight from the definitions: what the arrays are held to."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ner_core.decoding import Decoded
from ner_core.properties import FEATURES
from ner_core.reranking import Reranker
from ner_core.spans import Span

OPENS = re.compile(r"(?:[|/•·:;,+&@(\[–—*\"“]|\s-)\s*$")
CLOSES = re.compile(r"\s*(?:[|/•·:;,+&@)\]–—*\"”]|-\s)")
HARD = re.compile(r"\s*(?:[|/•:;,@]|\s[-–—]+\s)\s*")
PARTNER = re.compile(r"\s[&+x]\s|,")
LIST = re.compile(r"^\s*(?:[,/+&•|]|x|vs\.?|b2b|and|et|und|en|y)\s*$", re.IGNORECASE)
DASH = re.compile(r"^\s*[-–—:|]+\s*$")
LEAST = 1e-9

Triple = tuple[int, int, str]


def features(text: str, reading: Decoded) -> list[float]:
    """The value of each of FEATURES."""
    logs = [math.log(max(span.score or 0.0, LEAST)) for span in reading.spans]
    capitals = sum(word[0].isupper() or word[0].isdigit() for word in text.split())
    covered = sum(len(text[span.start : span.end].split()) for span in reading.spans)
    found = dict.fromkeys(FEATURES, 0.0) | {
        "log_probability": math.log(max(reading.probability, LEAST)),
        "log_scores": sum(logs),
        "log_least_score": min(logs, default=0.0),
        "spans": len(logs),
        "empty": not logs,
        "uncovered_words": max(0, capitals - covered),
    }
    for span in reading.spans:
        for name in of_span(text, span):
            found[name] += 1
    for one, other in pairwise(reading.spans):
        for name in of_pair(text, one, other):
            found[name] += 1
    return list(found.values())


def of_span(text: str, span: Span) -> list[str]:
    words, before, after = text[span.start : span.end], text[: span.start], text[span.end :]
    opens = not before.strip() or bool(OPENS.search(before))
    closes = not after.strip() or bool(CLOSES.match(after))
    has = {
        "small_letter": words[0].islower(),
        "one_word": len(words.split()) == 1,
        "sign_at_edge": not words[-1].isalnum() and words[-1] not in ")!?.",
        "separator_inside": HARD.search(words),
        "partners_in_PER": span.label == "PER" and PARTNER.search(words),
        "partners_in_other": span.label != "PER" and PARTNER.search(words),
    }
    names = [name for name, is_so in has.items() if is_so]
    return [f"spans_{span.label}", ("inside", "half_fills", "fills")[opens + closes], *names]


def of_pair(text: str, one: Span, other: Span) -> list[str]:
    gap, kind = text[one.end : other.start], "same" if one.label == other.label else "other"
    if not gap.strip():
        return [f"touch_{kind}", f"touch_{one.label}_{other.label}"]
    if LIST.match(gap):
        return [f"list_{kind}"]
    return [f"dash_{one.label}_{other.label}"] if DASH.match(gap) else []


def order(text: str, found: Sequence[Decoded], reranker: Reranker) -> list[Decoded]:
    """The readings, best first, with their shares."""
    scores = [
        sum(reranker.weights.get(name, 0.0) * value for name, value in zip(FEATURES, features(text, one), strict=True))
        for one in found
    ]
    shares = [math.exp(score - max(scores)) for score in scores]
    scale = sum(one.probability for one in found) / sum(shares)
    told = [one._replace(probability=share * scale) for one, share in zip(found, shares, strict=True)]
    told.sort(key=lambda one: -one.probability)
    return weigh_alternatives(told, reranker.edits) if reranker.edits else told


def weigh_alternatives(told: Sequence[Decoded], weights: Mapping[str, float]) -> list[Decoded]:
    best, behind, beyond = told[0], told[1:16], told[16:]
    scores = [
        weights.get("log_probability", 1.0) * math.log(max(one.probability, LEAST))
        + sum(weights.get(kind, 0.0) * times for kind, times in find_edits(triples(best), triples(one)).items())
        for one in behind
    ]
    raw = [math.exp(score - max(scores)) for score in scores]
    scale = min(sum(one.probability for one in behind) / sum(raw), best.probability) if raw else 0.0
    anew = [one._replace(probability=share * scale) for one, share in zip(behind, raw, strict=True)]
    return [best, *sorted([*anew, *beyond], key=lambda one: -one.probability)]


def find_edits(best: Sequence[Triple], other: Sequence[Triple]) -> Counter[str]:
    gone, new = [one for one in best if one not in other], [one for one in other if one not in best]
    parts = {one: [part for part in new if overlap(one, part)] for one in gone}
    wholes = {part: [one for one in gone if overlap(one, part)] for part in new}
    found = Counter[str]()
    found["removed"] = sum(not cut for cut in parts.values())
    found["split"] = sum(len(cut) > 1 for cut in parts.values())
    found["added"] = sum(not met for met in wholes.values())
    found["merge"] = sum(len(met) > 1 for met in wholes.values())
    for part, met in wholes.items():
        if len(met) == 1 and len(parts[met[0]]) == 1:
            if part[:2] == met[0][:2]:
                found["label"] += 1
            elif part[2] == met[0][2]:
                found["edge"] += 1
    return found


def overlap(one: Triple, other: Triple) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def triples(reading: Decoded) -> list[Triple]:
    return [span.triple for span in reading.spans]
