"""Annotated titles from outside: as frozen gold, or to train on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.domain.annotations import Settlement, lock_titles, settle_titles, settled_spans
from annotator.domain.ingest import ingest_rows, title_key
from annotator.domain.lines import RowError
from annotator.domain.readers import Row
from annotator.enums import AnnotationSource, TitleState
from annotator.exceptions import InvalidTitle
from annotator.models import Annotation, Batch, Title
from annotator.validators import clean_title
from ner_core.formats import Record, dump_json
from ner_core.spans import Span, SpanError, span_to_dict, validate_spans
from ner_core.training.encoding import to_normal_form

CHUNK = 500
MACHINE = (AnnotationSource.AUTO, AnnotationSource.PROPAGATED)  # what an annotated title may replace
OnReject = Callable[[RowError], None]


@dataclass
class ImportCount:
    """What became of the records: read = settled + same + conflicts + rejected.

    same: settled with these spans already, by whomever. conflicts: a person, or an earlier import, settled the title otherwise, or a
    lead has to decide it; what was there stays.
    """

    read: int = 0
    settled: int = 0
    same: int = 0
    conflicts: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class _Arrived:
    number: int
    text: str
    spans: list[dict]
    key: str = field(compare=False, default="")


def import_annotated(
    batch: Batch,
    records: Iterable[tuple[int, Record]],
    *,
    source: AnnotationSource,
    on_reject: OnReject,
    on_conflict: OnReject,
    on_progress: Callable[[int], None] = lambda _read: None,
) -> ImportCount:
    """Settles the titles of (row number, record) with their spans, as `imported` (gold) or `taught` (to train on); new titles are stored.

    Replaces what a model settled or a propagation, never what a person or an earlier import decided: that goes to on_conflict, with both
    readings in its message. A record that cannot be stored goes to on_reject with the code of InvalidTitle or SpanError. In chunks, each
    in one transaction: a kill leaves whole chunks, and the same file again changes nothing more.
    """
    count, rest = ImportCount(), iter(records)
    while chunk := list(islice(rest, CHUNK)):
        arrived = [found for number, record in chunk if (found := _examine(number, record, on_reject, count))]
        _store(batch, arrived, source, on_reject, on_conflict, count)
        count.read += len(chunk)
        on_progress(count.read)
    return count


def _examine(number: int, record: Record, on_reject: OnReject, count: ImportCount) -> _Arrived | None:
    """In normal form, as titles are stored."""
    try:
        example = to_normal_form(record.text, record.spans)
        spans = validate_spans(example.text, (Span(span.start, span.end, span.label) for span in example.spans))
        clean_title(example.text)
    except (SpanError, InvalidTitle) as error:
        count.rejected += 1
        on_reject(RowError.of(number, error.code, error.message, record.text))
        return None
    return _Arrived(number, example.text, settled_spans(map(span_to_dict, spans)), title_key(example.text))


@transaction.atomic
def _store(
    batch: Batch,
    arrived: Sequence[_Arrived],
    source: AnnotationSource,
    on_reject: OnReject,
    on_conflict: OnReject,
    count: ImportCount,
) -> None:
    refused: list[RowError] = []
    ingest_rows(batch, [Row(found.number, found.text) for found in arrived], on_reject=refused.append)
    for error in refused:
        on_reject(error)
    count.rejected += len(refused)
    kept = {found.key: found for found in reversed(arrived) if found.number not in {error.number for error in refused}}
    titles = lock_titles(Title.objects.filter(key__in=kept).values_list("pk", flat=True))
    present = {row.title_id: row for row in Annotation.objects.filter(title__in=titles)}
    wanted: list[Settlement] = []
    for title in titles.values():
        found = kept[title.key]
        if reason := _conflict(title, present.get(title.pk), found):
            count.conflicts += 1
            on_conflict(RowError.of(found.number, "conflict", reason, title.text))
        elif _is_same(present.get(title.pk), found):
            count.same += 1
        else:
            wanted.append(Settlement(title, found.spans, source))
    count.settled += len(settle_titles(wanted))
    twice = len(arrived) - len(refused) - len(kept)
    count.same += twice
    _tell_twice(arrived, kept, on_conflict, count)


def _conflict(title: Title, present: Annotation | None, found: _Arrived) -> str:
    if title.state == TitleState.FLAGGED:
        return _("The title is flagged: a lead decides it.")
    if present is None or present.source in MACHINE or present.spans == found.spans:
        return ""
    values = {
        "source": present.get_source_display(),
        "present": dump_json(present.spans),
        "found": dump_json(found.spans),
    }
    return _("It is settled otherwise (%(source)s): %(present)s; here: %(found)s") % values


def _is_same(present: Annotation | None, found: _Arrived) -> bool:
    return present is not None and present.source not in MACHINE and present.spans == found.spans


def _tell_twice(
    arrived: Sequence[_Arrived], kept: dict[str, _Arrived], on_conflict: OnReject, count: ImportCount
) -> None:
    """A title that the file has twice with different spans: the first counts."""
    for found in arrived:
        first = kept.get(found.key)
        if first and first.number != found.number and first.spans != found.spans:
            count.same -= 1
            count.conflicts += 1
            message = _("Row %(number)s has this title with other spans.") % {"number": first.number}
            on_conflict(RowError.of(found.number, "conflict", message, found.text))
