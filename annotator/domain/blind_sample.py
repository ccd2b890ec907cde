"""Recent titles that two models read differently, for a lead to judge without knowing which model read what."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.domain.gold import gold_annotations
from annotator.domain.sampling import share_of
from annotator.exceptions import GateRefused, NotAllowed
from annotator.models import Comparison, Title, User
from ner_core.spans import span_to_dict, triples
from ner_core.tagger import Reading, Tagger

LOOKED_AT, KEPT = 400, 40


class Choice(StrEnum):
    """LEFT and RIGHT as shown; which is which model follows from the text (is_turned)."""

    LEFT = auto()
    RIGHT = auto()
    EQUAL = auto()


@dataclass(frozen=True)
class Tally:
    """How often each model was found the better one, and how often neither; `left`: titles of the sample that nobody judged."""

    before: int
    after: int
    equal: int
    left: int


def draw_sample(before: Tagger, after: Tagger) -> list[dict]:
    """Of the newest titles that are no gold those that the two read differently, in an order that chance made."""
    gold = gold_annotations().values("title")
    texts = list(Title.objects.exclude(pk__in=gold).order_by("-pk").values_list("text", flat=True)[:LOOKED_AT])
    pairs = zip(texts, before.tag(texts, n_best=0), after.tag(texts, n_best=0), strict=True)
    differing = [
        {"text": text, "before": _dicts(one), "after": _dicts(other)}
        for text, one, other in pairs
        if triples(one.spans) != triples(other.spans)
    ]
    return sorted(differing, key=lambda row: share_of(f"sample:{row['text']}"))[:KEPT]


def next_to_judge(comparison: Comparison) -> tuple[int, dict] | None:
    """The first title that nobody judged, with its place; {"text", "left", "right"} tells nothing of the models."""
    for place, row in enumerate(comparison.sample):
        if str(place) not in comparison.judgements:
            left, right = ("after", "before") if is_turned(row["text"]) else ("before", "after")
            return place, {"text": row["text"], "left": row[left], "right": row[right]}
    return None


def is_turned(text: str) -> bool:
    """Whether the candidate stands on the left."""
    return share_of(f"side:{text}") < 0.5


@transaction.atomic
def judge_blind(comparison_id: int, *, place: int, choice: str, lead: User) -> bool:
    """Stores which reading is better; False if that title was judged before, by whomever: the first judgement stays.

    Raises NotAllowed (not a lead) and GateRefused (no_such_title, unknown_choice).
    """
    if not lead.is_lead:
        raise NotAllowed(_("Only leads judge models."))
    if choice not in list(Choice):
        raise GateRefused(_("There is no such choice."), code="unknown_choice", field="choice")
    comparison = Comparison.objects.select_for_update().get(pk=comparison_id)
    if not 0 <= place < len(comparison.sample):
        raise GateRefused(_("The sample has no such title."), code="no_such_title", field="place")
    if str(place) in comparison.judgements:
        return False
    comparison.judgements[str(place)] = {"choice": choice, "by": lead.username}
    comparison.save(update_fields=["judgements"])
    return True


def tally(comparison: Comparison) -> Tally:
    found = [_winner(comparison.sample[int(place)]["text"], given) for place, given in comparison.judgements.items()]
    return Tally(
        before=found.count("before"),
        after=found.count("after"),
        equal=found.count("equal"),
        left=len(comparison.sample) - len(found),
    )


def _winner(text: str, given: Mapping[str, str]) -> str:
    if given["choice"] == Choice.EQUAL:
        return "equal"
    return "after" if (given["choice"] == Choice.LEFT) == is_turned(text) else "before"


def _dicts(reading: Reading) -> list[dict]:
    """Without scores: a model could be told by them."""
    return [{key: value for key, value in span_to_dict(span).items() if key != "score"} for span in reading.spans]
