"""The frozen gold: titles that people read without the model choosing them, and annotated titles that were imported as gold.

No model is trained on them, nor on titles of their families: they compare models.
"""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet

from annotator.enums import AnnotationSource, QueueReason, Side
from annotator.models import Annotation, QueueItem
from ner_core.families import side_of_family, title_family
from ner_core.formats import Record, jsonl
from ner_core.spans import span_from_dict

PEOPLE = (AnnotationSource.REVIEWED, AnnotationSource.AGREED, AnnotationSource.ADJUDICATED)
_CHUNK = 2000


@dataclass(frozen=True)
class GoldSet:
    """`digest`: of texts and spans, so that two comparisons on the same titles can be told."""

    records: list[Record]
    digest: str


def gold_annotations() -> QuerySet[Annotation]:
    """Imported as gold; or read by people because chance said so: audits of sure readings, and blind cards."""
    by_chance = QueueItem.objects.filter(Q(reason=QueueReason.AUDIT) | Q(blind=True)).values("title")
    return Annotation.objects.filter(Q(source=AnnotationSource.IMPORTED) | Q(source__in=PEOPLE, title__in=by_chance))


def read_gold() -> GoldSet:
    """By title id."""
    rows = gold_annotations().order_by("title_id").values_list("title__text", "spans")
    records = [
        Record(text, tuple(span_from_dict(span) for span in spans)) for text, spans in rows.iterator(chunk_size=_CHUNK)
    ]
    digest = hashlib.sha256("".join(jsonl.write(records)).encode())
    return GoldSet(records, digest.hexdigest())


class Sides:
    """What each title may be used for. The same answer in every snapshot, but that a title of a gold family is withheld."""

    def __init__(self) -> None:
        self._gold: set[int] = set()
        self._families: set[str] = set()
        for title_id, text in gold_annotations().values_list("title_id", "title__text").iterator(chunk_size=_CHUNK):
            self._gold.add(title_id)
            self._families.add(title_family(text))

    @property
    def gold_count(self) -> int:
        return len(self._gold)

    def of(self, title_id: int, text: str) -> Side:
        if title_id in self._gold:
            return Side.GOLD
        family = title_family(text)
        if family in self._families:
            return Side.WITHHELD
        return Side(side_of_family(family, seed=settings.SPLIT_SEED, dev_share=settings.DEV_SHARE))
