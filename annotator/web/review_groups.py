"""The group card as data and words."""

from collections import Counter

from django.utils.translation import gettext as _

from annotator.domain.groups import Candidate, Doubt, Group
from annotator.enums import Label
from annotator.models import Propagation


def group_json(group: Group) -> dict[str, object]:
    """What the browser lists: each title with its reading before and after; ticked unless there is a doubt."""
    return {"titles": [_candidate_json(found) for found in group.candidates], "busy": group.busy, "more": group.more}


def outcome_json(propagation: Propagation) -> dict[str, int]:
    """How many titles were settled, wait on with another reading, or were left out. It does not say which are audited."""
    counts = Counter(propagation.titles.values_list("settled", flat=True))
    return {"settled": counts[True], "proposed": counts[False], "skipped": propagation.skipped}


def _candidate_json(found: Candidate) -> dict[str, object]:
    title = found.item.title
    return {
        "title_id": title.pk,
        "text": title.text,
        "before": found.before,
        "after": found.after,
        "settles": found.settles,
        "ticked": not found.doubts,
        "doubts": [_doubt_words(doubt) for doubt in found.doubts],
    }


def _doubt_words(doubt: Doubt) -> str:
    labels = ", ".join(f"{Label(label).label} {count}" for label, count in sorted(doubt.labels.items()))
    return _("“%(surface)s” is settled elsewhere as: %(labels)s") % {"surface": doubt.surface, "labels": labels}
