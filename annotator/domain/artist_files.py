"""The artist table from and to files: in bulk, in flat memory."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TextIO

from django.db import transaction
from django.utils import timezone

from annotator.domain.artist_readers import COLUMNS, ArtistRow, join_cell
from annotator.domain.lines import RowError
from annotator.domain.name_index import filled_in_bulk, name_index_put_off, tidy_name_index
from annotator.domain.rejects import harmless_cell
from annotator.enums import ArtistSource
from annotator.models import Alias, Artist, ExternalId
from annotator.models.bulk_rows import insert_missing

CHUNK = 20_000
_ARTIST = ("name", "key", "note", "kind", "country", "state", "remarks", "source", "created_at")


@dataclass(frozen=True)
class ImportCount:
    """What became of the rows: read = new + known + rejected. Known artists get what is new of their aliases and ids."""

    read: int = 0
    new: int = 0
    known: int = 0
    rejected: int = 0


def import_artists(
    rows: Iterable[ArtistRow | RowError],
    *,
    on_progress: Callable[[int], object] | None = None,
    on_reject: Callable[[RowError], object] | None = None,
) -> ImportCount:
    """Stores the artists, each chunk in one short transaction; the same file again adds nothing.

    An artist is known by its key and note; then its row stays as it is. Rejected rows go to `on_reject`, the others are stored all the
    same. A killed import is finished by running it again.
    """
    read = new = rejected = 0
    rows = iter(rows)
    with name_index_put_off():
        while chunk := list(islice(rows, CHUNK)):
            good = [row for row in chunk if isinstance(row, ArtistRow)]
            for bad in chunk:
                if isinstance(bad, RowError):
                    rejected += 1
                    if on_reject:
                        on_reject(bad)
            new += _store(good)
            read += len(chunk)
            if on_progress:
                on_progress(read)
    if new:
        tidy_name_index()
    return ImportCount(read, new, read - new - rejected, rejected)


def _store(rows: Sequence[ArtistRow]) -> int:
    """How many of these artists are new. Sorted, so that two imports at once wait for each other in one order."""
    with transaction.atomic(), filled_in_bulk():
        new, firsts = _insert_artists(rows)
        stored = _stored({row.key for row in firsts})
        _insert_spellings([(*stored[row.key, row.note], row) for row in rows])
    return new


def _insert_artists(rows: Sequence[ArtistRow]) -> tuple[int, list[ArtistRow]]:
    """How many are new, and of each key and note the first row."""
    unique = {(row.key, row.note): row for row in reversed(rows)}
    firsts = [unique[place] for place in sorted(unique)]
    now = timezone.now()
    values = [
        (row.name, row.key, row.note, row.kind, row.country, row.state, row.remarks, ArtistSource.IMPORTED, now)
        for row in firsts
    ]
    return insert_missing(Artist, _ARTIST, values), firsts


def _insert_spellings(found: Sequence[tuple[int, str, ArtistRow]]) -> None:
    """Aliases and ids of (id, stored name, row)."""
    now = timezone.now()
    aliases = {
        (pk, name): key
        for pk, known, row in found
        for name, key in (*row.aliases, (row.name, row.key))
        if name != known
    }
    insert_missing(
        Alias,
        ("artist", "name", "key", "source", "created_at"),
        [(pk, name, key, ArtistSource.IMPORTED, now) for (pk, name), key in sorted(aliases.items())],
    )
    externals = sorted({(pk, scheme, value) for pk, _known, row in found for scheme, value in row.ids})
    insert_missing(ExternalId, ("artist", "scheme", "value"), externals)


def _stored(keys: set[str]) -> dict[tuple[str, str], tuple[int, str]]:
    """(key, note) -> id and name."""
    rows = Artist.objects.filter(key__any_of=sorted(keys)).values_list("key", "note", "pk", "name")
    return {(key, note): (pk, name) for key, note, pk, name in rows}


def write_artists(file: TextIO, kind: str, *, on_progress: Callable[[int], object] | None = None) -> int:
    """Writes all artists, by id, in the columns that read_artists takes; returns how many."""
    write = {"csv": _csv_writer, "jsonl": _jsonl_writer}[kind](file)
    count = 0
    for artist in _all_artists():
        write(_fields_of(artist))
        count += 1
        if on_progress and count % CHUNK == 0:
            on_progress(count)
    return count


def _all_artists() -> Iterator[Artist]:
    """By keyset: no cursor stays open over the whole table."""
    last = 0
    while chunk := list(
        Artist.objects.filter(pk__gt=last).order_by("pk").prefetch_related("aliases", "external_ids")[:CHUNK]
    ):
        yield from chunk
        last = chunk[-1].pk


def _fields_of(artist: Artist) -> dict[str, Any]:
    fields = {name: getattr(artist, name) for name in COLUMNS[:6]}
    aliases = sorted(alias.name for alias in artist.aliases.all())
    return fields | {"aliases": aliases, "ids": sorted((row.scheme, row.value) for row in artist.external_ids.all())}


def _csv_writer(file: TextIO) -> Callable[[dict[str, Any]], object]:
    rows = csv.DictWriter(file, COLUMNS)
    rows.writeheader()

    def write(fields: dict[str, Any]) -> object:
        flat = {name: fields[name] for name in COLUMNS[:6]}
        flat["aliases"] = join_cell(fields["aliases"])
        flat["ids"] = join_cell(f"{scheme}:{value}" for scheme, value in fields["ids"])
        return rows.writerow({name: harmless_cell(value) for name, value in flat.items()})

    return write


def _jsonl_writer(file: TextIO) -> Callable[[dict[str, Any]], object]:
    def write(fields: dict[str, Any]) -> object:
        ids: dict[str, list[str]] = {}
        for scheme, value in fields["ids"]:
            ids.setdefault(scheme, []).append(value)
        return file.write(json.dumps(fields | {"ids": ids}, ensure_ascii=False) + "\n")

    return write
