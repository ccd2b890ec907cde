"""In which order waiting titles are read: uncertain, diverse and random ones mixed, look-alikes spread, runs kept together."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db.models import Count

from annotator.domain.known_names import find_missed_artists
from annotator.domain.sampling import draw
from annotator.enums import Label, QueueState, QueueStrategy
from annotator.models import Prediction, QueueItem
from ner_core.gazetteer import artist_key

UNCERTAIN_SHARE = 0.6
DIVERSE_SHARE = 0.25  # the rest is random
NOTHING_FOUND = 0.2  # what takes from the certainty of a reading: no span at all,
MISSED_ARTIST = 0.3  # a known artist left outside,
OUTSIDE_RISK = 0.2  # times the chance that something was missed
LOOK_ALIKES = 3  # as many of one cluster stay near each other; each further group of as many goes back by
LOOK_ALIKE_STEP = 0.05

_SPACES = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


def rank_items(items: Sequence[QueueItem]) -> None:
    """Gives these new items their `rank`, `cluster` and `blind` by QUEUE_STRATEGY; stores nothing. Title, prediction and model version
    are loaded. Three queries, whatever the number. Deterministic, but for what waits already."""
    predictions = [item.prediction for item in items]
    missed = find_missed_artists(predictions)
    for item in items:
        item.cluster = cluster_key(item.title.text, item.prediction.spans)
        item.blind = draw(item.prediction, "blind") < settings.BLIND_SHARE
    seen = _waiting_by_cluster({item.cluster for item in items})
    for item in items:
        item.rank = _rank(item, left_out=item.prediction_id in missed, look_alikes=seen[item.cluster])
        seen[item.cluster] += 1


def cluster_key(text: str, spans: Iterable[dict]) -> str:
    """The same for titles that differ only in the words of their spans and in numbers: "PER live in LOC 0"."""
    for span in sorted(spans, key=lambda span: -span["start"]):
        text = f"{text[: span['start']]} {span['label']} {text[span['end'] :]}"
    masked = _SPACES.sub(" ", _DIGITS.sub("0", text)).strip()
    return hashlib.sha256(masked.lower().encode()).hexdigest()[:16]


def keep_runs_together(items: Sequence[QueueItem]) -> list[QueueItem]:
    """The same items; each follows the first one that it shares its first performer or its cluster with."""
    runs: list[tuple[set[str], list[QueueItem]]] = []
    for item in items:
        marks = _marks(item)
        same = next((run for run in runs if run[0] & marks), None)
        if same:
            same[0].update(marks)
            same[1].append(item)
        else:
            runs.append((marks, [item]))
    return [item for _marks_of_run, run in runs for item in run]


def certainty(prediction: Prediction, *, left_out: bool) -> float:
    """The confidence, less what speaks for a missed entity."""
    doubt = OUTSIDE_RISK * prediction.outside_risk
    doubt += NOTHING_FOUND * (not prediction.spans) + MISSED_ARTIST * left_out
    return max(0.0, prediction.confidence - doubt)


def _rank(item: QueueItem, *, left_out: bool, look_alikes: int) -> float:
    spread = LOOK_ALIKE_STEP * (look_alikes // LOOK_ALIKES)
    lane = _lane(item.prediction)
    if lane == QueueStrategy.RANDOM:
        return draw(item.prediction, "place")
    if lane == QueueStrategy.DIVERSE:
        return look_alikes / (look_alikes + 1) + LOOK_ALIKE_STEP * draw(item.prediction, "place")
    return certainty(item.prediction, left_out=left_out) + spread


def _lane(prediction: Prediction) -> QueueStrategy:
    if settings.QUEUE_STRATEGY != QueueStrategy.MIXED:
        return QueueStrategy(settings.QUEUE_STRATEGY)
    drawn = draw(prediction, "lane")
    if drawn < UNCERTAIN_SHARE:
        return QueueStrategy.UNCERTAIN
    return QueueStrategy.DIVERSE if drawn < UNCERTAIN_SHARE + DIVERSE_SHARE else QueueStrategy.RANDOM


def _waiting_by_cluster(clusters: set[str]) -> Counter[str]:
    waiting = QueueItem.objects.filter(cluster__in=clusters, state=QueueState.WAITING).order_by()
    return Counter(dict(waiting.values_list("cluster").annotate(Count("pk"))))


def _marks(item: QueueItem) -> set[str]:
    marks = {f"cluster {item.cluster}"} if item.cluster else set()
    for span in item.prediction.spans:
        if span["label"] == Label.PER:
            return marks | {f"artist {artist_key(item.title.text[span['start'] : span['end']])}"}
    return marks
