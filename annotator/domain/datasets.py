"""Data sets made from annotations: snapshots, and files rendered from them."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.domain.files import partial_file, publish
from annotator.domain.revision import revision
from annotator.domain.snapshot_rows import SnapshotRow, settled_titles, snapshot_rows
from annotator.enums import AnnotationSource, Label, Side
from annotator.exceptions import InvalidExport
from annotator.models import Snapshot, User
from ner_core.formats import FormatError, Record, jsonl
from ner_core.formats.registry import FORMATS
from ner_core.guidelines import edition

MANIFEST_FORMAT = 2
SNAPSHOT_FORMAT = "jsonl"  # what a snapshot's own file is
PROGRESS_EVERY = 200

OnProgress = Callable[[int, int], None]  # rows done, rows in all
Row = TypeVar("Row")


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
    first: datetime | None = None
    last: datetime | None = None

    def add(self, row: SnapshotRow) -> None:
        self.rows += 1
        self.changed += bool(row.changed)
        for label in row.labels:
            self.labels[label] += 1
        self.sources[row.source] += 1
        self.sides[row.side] += 1
        if row.model_version:
            self.model_versions.add(row.model_version)
        self.first = min(self.first or row.updated_at, row.updated_at)
        self.last = max(self.last or row.updated_at, row.updated_at)

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
            "settled_between": [moment.isoformat() for moment in (self.first, self.last) if moment],
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
    annotations = settled_titles(_check_sources(sources))
    tally, digest = _Tally(), hashlib.sha256()
    with partial_file(settings.SNAPSHOTS_DIR) as file:
        for row in _counted(snapshot_rows(annotations), annotations.count(), on_progress):
            tally.add(row)
            data = row.line.encode()
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
        if fmt == SNAPSHOT_FORMAT:
            file.writelines(_counted(_snapshot_lines(snapshot), snapshot.rows, on_progress))
        else:
            _write(_counted(read_snapshot(snapshot), snapshot.rows, on_progress), fmt, Path(file.name))
        publish(file, path)
    return snapshot.rows


def _write(records: Iterable[Record], fmt: str, path: Path) -> None:
    try:
        FORMATS[fmt].write_file(records, path)
    except FormatError as error:
        raise InvalidExport(error.message, code=error.code) from error


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
    try:
        yield from jsonl.read(line.decode() for line in _snapshot_lines(snapshot))
    except ValueError as error:
        raise _corrupt(snapshot) from error


def _snapshot_lines(snapshot: Snapshot) -> Iterator[bytes]:
    """As they stand in the file. Raises as read_snapshot."""
    digest = hashlib.sha256()
    try:
        with snapshot_path(snapshot.digest).open("rb") as file:
            for line in file:
                digest.update(line)
                yield line
    except FileNotFoundError as error:
        message = _("The file of snapshot %(name)s is gone.") % {"name": snapshot}
        raise InvalidExport(message, code="snapshot_missing") from error
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


def _counted(rows: Iterable[Row], total: int, on_progress: OnProgress | None) -> Iterator[Row]:
    """Tells the progress every few hundred rows and at the end. More rows than expected: the total grows with them."""
    done = 0
    for done, row in enumerate(rows, start=1):
        yield row
        if on_progress and done % PROGRESS_EVERY == 0:
            on_progress(done, max(total, done))
    if on_progress:
        on_progress(done, max(total, done))


def _half(on_progress: OnProgress | None, *, first: bool) -> OnProgress | None:
    """Progress of one of two equal steps, told as progress of the whole."""
    if on_progress is None:
        return None
    return lambda done, total: on_progress(done if first else total + done, 2 * total)
