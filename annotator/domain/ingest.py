"""How titles come in: the rows of a file or a request become titles and their occurrences."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.domain.lines import RowError, printable
from annotator.domain.readers import Row
from annotator.domain.title_index import titles_filled_in_bulk
from annotator.enums import Source, TitleState
from annotator.exceptions import InvalidTitle
from annotator.models import Batch, Occurrence, Title, User
from annotator.models.bulk_rows import find_ids, insert_missing, insert_missing_ids
from annotator.validators import clean_title

CHUNK = 2_000
EXTERNAL_ID_MAX_CHARS = 255


@dataclass(frozen=True)
class IngestCount:
    """What became of the rows: read = new + repeated + rejected.

    A row is new when it is the first arrival of its title anywhere, ever; so the same rows count the same however
    often they are read, and of two batches that bring a title exactly one has it as new.
    """

    read: int = 0
    new: int = 0
    repeated: int = 0
    rejected: int = 0

    def __add__(self, other: "IngestCount") -> "IngestCount":
        return IngestCount(
            self.read + other.read,
            self.new + other.new,
            self.repeated + other.repeated,
            self.rejected + other.rejected,
        )


class _Arrival(NamedTuple):
    """A row that may be stored: its number, its text as it came and normalised."""

    row: Row
    text: str
    key: str


def title_key(text: str) -> str:
    """What makes two titles the same: the SHA-256, in hex, of the normalised text."""
    return hashlib.sha256(text.encode()).hexdigest()


def open_batch(*, source: Source, name: str, actor: User | None, digest: str = "") -> Batch:
    """A batch to read rows into. `digest` says what is read, for `find_unfinished_batch`."""
    return Batch.objects.create(source=source, name=printable(name)[-255:], created_by=actor, request_digest=digest)


def find_unfinished_batch(*, source: Source, digest: str) -> Batch | None:
    """The batch that a run over the same content left open, for reading on into it."""
    return Batch.objects.filter(source=source, request_digest=digest, closed_at=None).order_by("created_at").first()


def close_batch(batch: Batch) -> None:
    """Notes that the last row was read; the first closing counts."""
    Batch.objects.filter(pk=batch.pk, closed_at=None).update(closed_at=timezone.now())
    batch.refresh_from_db(fields=["closed_at"])


def ingest_rows(
    batch: Batch,
    rows: Iterable[Row | RowError],
    *,
    on_progress: Callable[[int], None] | None = None,
    on_reject: Callable[[RowError], None] | None = None,
    on_chunk: Callable[[list[int]], object] | None = None,
) -> IngestCount:
    """Stores the rows of a batch, all of them from the first, and counts what became of them.

    Equal titles are one Title with an Occurrence for each arrival. A row whose title or id is refused goes to `on_reject`
    with the code of InvalidTitle, or id_too_long or invalid_id. Chunks of CHUNK rows are stored each in a short
    transaction; then `on_chunk` gets the ids of its titles, each once, and `on_progress` the number of rows read so far.

    Reading the same rows again into the same batch, after a kill or at the same time, adds nothing and counts the same.
    `batch.rows_rejected` is what the furthest run has found, and exact when a run ends.
    """
    total = IngestCount()
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        arrivals, rejects = _examine(chunk)
        for reject in rejects if on_reject else ():
            on_reject(reject)
        title_ids, new = _store(batch, arrivals, rejected=total.rejected + len(rejects))
        total += IngestCount(len(chunk), new, len(arrivals) - new, len(rejects))
        if on_chunk and title_ids:
            on_chunk(title_ids)
        if on_progress:
            on_progress(total.read)
    Batch.objects.filter(pk=batch.pk).update(rows_rejected=total.rejected)
    batch.rows_rejected = total.rejected
    return total


def _examine(rows: Iterable[Row | RowError]) -> tuple[list[_Arrival], list[RowError]]:
    arrivals: list[_Arrival] = []
    rejects: list[RowError] = []
    for row in rows:
        examined = row if isinstance(row, RowError) else _examine_row(row)
        (rejects if isinstance(examined, RowError) else arrivals).append(examined)
    return arrivals, rejects


def _examine_row(row: Row) -> _Arrival | RowError:
    try:
        text = clean_title(row.text)
    except InvalidTitle as error:
        return RowError.of(row.number, error.code, error.message, str(row.text))
    if len(row.external_id) > EXTERNAL_ID_MAX_CHARS:
        message = _("An id may have at most %(limit)d characters.") % {"limit": EXTERNAL_ID_MAX_CHARS}
        return RowError.of(row.number, "id_too_long", message, row.text)
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in row.external_id):
        return RowError.of(row.number, "invalid_id", _("An id may not hold control characters."), row.text)
    return _Arrival(row, text, title_key(text))


@transaction.atomic
def _store(batch: Batch, arrivals: list[_Arrival], *, rejected: int) -> tuple[list[int], int]:
    """Returns the ids of the titles, each once in order of arrival, and how many of the rows are new."""
    ids, made = _ensure_titles({arrival.key: arrival.text for arrival in arrivals})
    stored = insert_missing(
        Occurrence,
        ("batch", "row", "title", "raw_text", "external_id"),
        [
            (batch.pk, arrival.row.number, ids[arrival.key], arrival.row.text, arrival.row.external_id)
            for arrival in arrivals
        ],
    )
    Batch.objects.filter(pk=batch.pk, rows_rejected__lt=rejected).update(rows_rejected=rejected)
    if stored < len(arrivals):
        made = set()  # rows that were there already may have kept a title that was made for them from an arrival
    others = [arrival for arrival in arrivals if arrival.key not in made]
    return list(dict.fromkeys(ids[arrival.key] for arrival in arrivals)), len(made) + _count_new(batch, others)


def _ensure_titles(texts: dict[str, str]) -> tuple[dict[str, int], Set[str]]:
    """The id of each title by its key; titles that are not there yet are made. And the keys of those."""
    ids = find_ids(Title, "key", list(texts))
    # In the order of keys, so that two imports of the same titles wait for each other and never in a circle.
    missing = sorted(texts.keys() - ids.keys())
    now = timezone.now()
    rows = [(texts[key], key, TitleState.NEW, now) for key in missing]
    with titles_filled_in_bulk(len(missing)):
        made = insert_missing_ids(Title, ("text", "key", "state", "created_at"), rows, by="key")
    ids |= made
    if len(ids) < len(texts):  # another import made some at the same time
        ids |= find_ids(Title, "key", list(texts.keys() - ids.keys()))
    return ids, made.keys()


def _count_new(batch: Batch, arrivals: list[_Arrival]) -> int:
    """How many of the stored rows are the first arrival of their title."""
    if not arrivals:
        return 0
    earlier = Occurrence.objects.filter(title=OuterRef("title"), id__lt=OuterRef("id"))
    numbers = [arrival.row.number for arrival in arrivals]
    return Occurrence.objects.filter(~Exists(earlier), batch=batch, row__any_of=numbers).count()
