"""Data sets made from annotations: snapshots, and files rendered from them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from annotator.domain.annotations import settled_spans
from annotator.domain.files import partial_file, publish
from annotator.domain.gold import Sides, sampling_probability
from annotator.domain.revision import revision
from annotator.enums import Action, AnnotationSource, Label, Side
from annotator.exceptions import InvalidExport
from annotator.models import Annotation, Snapshot, User, Verdict
from ner_core.formats import FormatError, Record, jsonl
from ner_core.formats.registry import FORMATS
from ner_core.guidelines import edition
from ner_core.spans import Span

MANIFEST_FORMAT = 2
CHUNK = 2000
PROGRESS_EVERY = 200
READINGS = (Action.ACCEPT, Action.CORRECT, Action.NOTHING)

OnProgress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True)
class Export:
    """A rendered snapshot."""

    snapshot: Snapshot
    path: Path

    @property
    def name(self) -> str:
        return self.path.name


@dataclass
class _Tally:
    """What goes into the manifest, counted while the rows stream by."""

    rows: int = 0
    changed: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    sides: Counter[str] = field(default_factory=Counter)
    model_versions: set[str] = field(default_factory=set)
    settled_at: list[datetime] = field(default_factory=list)

    def add(self, annotation: Annotation, record: Record) -> None:
        self.rows += 1
        self.changed += bool(record.meta["changed"])
        self.labels.update(span.label for span in record.spans)
        self.sources[annotation.source] += 1
        self.sides[record.meta["side"]] += 1
        if record.meta["model_version"]:
            self.model_versions.add(record.meta["model_version"])
        known = [*self.settled_at, annotation.updated_at]
        self.settled_at = [min(known), max(known)]

    def manifest(self, sources: Sequence[str] | None) -> dict:
        return {
            "format": MANIFEST_FORMAT,
            "filter": {"sources": sorted(sources) if sources else None},
            "rows": self.rows,
            "changed": self.changed,
            "label_set": list(Label.values),
            "labels": {label: self.labels[label] for label in Label.values},
            "sources": dict(sorted(self.sources.items())),
            "sides": {side: self.sides[side] for side in Side.values},
            "split": {"seed": settings.SPLIT_SEED, "dev_share": settings.DEV_SHARE},
            "guidelines": edition(),
            "revision": revision(),
            "model_versions": sorted(self.model_versions),
            "settled_between": [moment.isoformat() for moment in self.settled_at],
        }


def create_snapshot(
    *, actor: User | None, sources: Sequence[str] | None = None, on_progress: OnProgress | None = None
) -> Snapshot:
    """Writes the annotations, all or those of these sources, to SNAPSHOTS_DIR/<sha256>.jsonl and returns their Snapshot.

    One line a title, by title id: text, spans, source, model_version, confidence (of the prediction; both null without one),
    raw_confidence (before calibration), reviewer_count (people whose reading stands), changed (the settled spans differ from the
    predicted ones), predicted (those, with scores; both null without a prediction), sampling_probability (how likely chance was to
    give it to people; null where nobody was asked), side (see Side: what it may be used for; a family of titles is on one side).

    Streams at flat memory, each row as it is when it is read; the file appears under its name only when it is whole. The same content
    is the same Snapshot, also for two callers at once. Raises InvalidExport (unknown_source).
    """
    annotations, sides = _annotations(_check_sources(sources)), Sides()
    tally, digest = _Tally(), hashlib.sha256()
    with partial_file(settings.SNAPSHOTS_DIR) as file:
        for line in jsonl.write(_counted(_records(annotations, sides, tally), annotations.count(), on_progress)):
            data = line.encode()
            digest.update(data)
            file.write(data)
        publish(file, snapshot_path(digest.hexdigest()))
    fields = {"rows": tally.rows, "manifest": tally.manifest(sources), "created_by": actor}
    return Snapshot.objects.get_or_create(digest=digest.hexdigest(), defaults=fields)[0]


def render_snapshot(snapshot: Snapshot, fmt: str, path: Path, *, on_progress: OnProgress | None = None) -> int:
    """Writes a snapshot in a format (see ExportFormat) to `path`, whole or not at all; returns the number of rows.

    Streams at flat memory. Raises InvalidExport: unknown_format, snapshot_missing, snapshot_corrupt.
    """
    if fmt not in FORMATS:
        raise InvalidExport(_("%(format)s is not an export format.") % {"format": fmt}, code="unknown_format")
    with partial_file(path.parent) as file:
        records = _counted(read_snapshot(snapshot), snapshot.rows, on_progress)
        try:
            FORMATS[fmt].write_file(records, Path(file.name))
        except FormatError as error:
            raise InvalidExport(error.message, code=error.code) from error
        publish(file, path)
    return snapshot.rows


def export_annotations(
    *,
    fmt: str,
    actor: User | None,
    sources: Sequence[str] | None = None,
    path: Path | None = None,
    on_progress: OnProgress | None = None,
) -> Export:
    """A snapshot of the annotations as they are now, rendered to `path`, or else to a file under EXPORTS_DIR.

    There, twice with the same content is one file. Raises InvalidExport.
    """
    snapshot = create_snapshot(actor=actor, sources=sources, on_progress=_half(on_progress, first=True))
    path = path or settings.EXPORTS_DIR / f"lineup-{snapshot.digest[:12]}{_suffix(fmt)}"
    render_snapshot(snapshot, fmt, path, on_progress=_half(on_progress, first=False))
    return Export(snapshot, path)


def _suffix(fmt: str) -> str:
    """ ".csv"; ".doccano.jsonl" where the name of the format does not say it all."""
    suffix = FORMATS[fmt].suffix if fmt in FORMATS else ""
    return suffix if suffix == f".{fmt}" else f".{fmt}{suffix}"


def snapshot_path(digest: str) -> Path:
    return settings.SNAPSHOTS_DIR / f"{digest}.jsonl"


def read_snapshot(snapshot: Snapshot) -> Iterator[Record]:
    """The rows of a snapshot. Raises InvalidExport if its file is gone, or, at the end, if it is not what its name says."""
    digest = hashlib.sha256()

    def lines() -> Iterator[str]:
        with snapshot_path(snapshot.digest).open("rb") as file:
            for line in file:
                digest.update(line)
                yield line.decode()

    try:
        yield from jsonl.read(lines())
    except FileNotFoundError as error:
        message = _("The file of snapshot %(name)s is gone.") % {"name": snapshot}
        raise InvalidExport(message, code="snapshot_missing") from error
    except ValueError as error:
        raise _corrupt(snapshot) from error
    if digest.hexdigest() != snapshot.digest:
        raise _corrupt(snapshot)


def _corrupt(snapshot: Snapshot) -> InvalidExport:
    message = _("The file of snapshot %(name)s was changed after it was written.") % {"name": snapshot}
    return InvalidExport(message, code="snapshot_corrupt")


def _check_sources(sources: Sequence[str] | None) -> Sequence[str] | None:
    for source in sources or ():
        if source not in AnnotationSource.values:
            message = _("%(source)s is not a source of annotations.") % {"source": source}
            raise InvalidExport(message, code="unknown_source", field="sources")
    return sources


def _annotations(sources: Sequence[str] | None) -> QuerySet[Annotation]:
    readings = Verdict.objects.filter(title=OuterRef("title"), action__in=READINGS, undone_by__isnull=True)
    people = readings.order_by().values("title").annotate(people=Count("reviewer", distinct=True)).values("people")
    annotations = Annotation.objects.select_related("title__queue_item", "prediction__model_version").order_by(
        "title_id"
    )
    annotations = annotations.annotate(reviewer_count=Coalesce(Subquery(people, output_field=IntegerField()), 0))
    return annotations.filter(source__in=sources) if sources else annotations


def _records(annotations: QuerySet[Annotation], sides: Sides, tally: _Tally) -> Iterator[Record]:
    """In chunks by title id, never over one long open cursor: on SQLite a progress note written beside it could fail."""
    last = 0
    while chunk := list(annotations.filter(title__gt=last)[:CHUNK]):
        last = chunk[-1].title_id
        for annotation in chunk:
            record = _record(annotation, sides)
            tally.add(annotation, record)
            yield record


def _record(annotation: Annotation, sides: Sides) -> Record:
    prediction = annotation.prediction
    meta = {
        "source": annotation.source,
        "model_version": prediction.model_version.name if prediction else None,
        "confidence": prediction.confidence if prediction else None,
        "raw_confidence": prediction.raw_confidence if prediction else None,
        "reviewer_count": annotation.reviewer_count,
        "changed": settled_spans(prediction.spans) != annotation.spans if prediction else None,
        "predicted": prediction.spans if prediction else None,
        "sampling_probability": sampling_probability(annotation),
        "side": str(sides.of(annotation.title_id, annotation.title.text)),
    }
    spans = tuple(Span(span["start"], span["end"], span["label"]) for span in annotation.spans)
    return Record(annotation.title.text, spans, meta)


def _counted(records: Iterable[Record], total: int, on_progress: OnProgress | None) -> Iterator[Record]:
    """Tells the progress every few hundred rows and at the end. More rows than expected: the total grows with them."""
    done = 0
    for done, record in enumerate(records, start=1):
        yield record
        if on_progress and done % PROGRESS_EVERY == 0:
            on_progress(done, max(total, done))
    if on_progress:
        on_progress(done, max(total, done))


def _half(on_progress: OnProgress | None, *, first: bool) -> OnProgress | None:
    """Progress of one of two equal steps, told as progress of the whole."""
    if on_progress is None:
        return None
    return lambda done, total: on_progress(done if first else total + done, 2 * total)
