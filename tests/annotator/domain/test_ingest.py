from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.domain import ingest
from annotator.domain.ingest import (
    IngestCount,
    close_batch,
    find_unfinished_batch,
    ingest_rows,
    open_batch,
    title_key,
)
from annotator.domain.lines import RowError
from annotator.domain.readers import Row
from annotator.enums import Source, TitleState
from annotator.models import Batch, Occurrence, Title
from tests.factories import make_batch, make_occurrence, make_title
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


def rows_of(*texts: str) -> list[Row]:
    return [Row(number, text) for number, text in enumerate(texts, 1)]


def stored(batch: Batch) -> list[tuple[int, str, str]]:
    return list(batch.occurrences.order_by("row").values_list("row", "title__text", "raw_text"))


class Killed(BaseException):
    """What no code may catch."""


def test_open_batch_knows_who_and_what(reviewer):
    batch = open_batch(source=Source.PAGE, name="x" * 300 + ".csv", actor=reviewer)
    batch.refresh_from_db()
    assert (batch.source, batch.created_by, batch.closed_at, batch.rows_rejected) == ("page", reviewer, None, 0)
    assert (len(batch.name), batch.name[-5:]) == (255, "x.csv")


def test_close_batch_keeps_the_first_time():
    batch = make_batch()
    close_batch(batch)
    first = batch.closed_at
    close_batch(batch)
    assert first is not None
    assert Batch.objects.get().closed_at == batch.closed_at == first


def test_find_unfinished_batch_finds_the_same_content_of_the_same_way_only():
    batch = open_batch(source=Source.CLI, name="a.txt", actor=None, digest="d")
    open_batch(source=Source.CLI, name="a.txt", actor=None, digest="other")
    assert find_unfinished_batch(source=Source.CLI, digest="d") == batch
    assert find_unfinished_batch(source=Source.PAGE, digest="d") is None
    close_batch(batch)
    assert find_unfinished_batch(source=Source.CLI, digest="d") is None


def test_rows_become_titles_and_keep_what_arrived():
    batch = make_batch()
    count = ingest_rows(batch, [Row(1, " Ana\u00a0 Torres "), Row(4, "Cafe\u0301", "x-7")])
    assert count == IngestCount(read=2, new=2, repeated=0, rejected=0)
    assert stored(batch) == [(1, "Ana Torres", " Ana\u00a0 Torres "), (4, "Caf\u00e9", "Cafe\u0301")]
    assert list(batch.occurrences.order_by("row").values_list("external_id", flat=True)) == ["", "x-7"]
    assert {(title.state, title.key) for title in Title.objects.all()} == {
        (TitleState.NEW, title_key("Ana Torres")),
        (TitleState.NEW, title_key("Caf\u00e9")),
    }


def test_equal_titles_are_one_row_with_many_occurrences():
    make_occurrence(make_title("Ana Torres"))
    batch = make_batch()
    count = ingest_rows(batch, rows_of("Ana  Torres", "Bob", "Bob ", "Eve"))
    assert count == IngestCount(read=4, new=2, repeated=2, rejected=0)
    assert sorted(Title.objects.values_list("text", flat=True)) == ["Ana Torres", "Bob", "Eve"]
    assert len(stored(batch)) == 4


def test_what_is_settled_stays_settled():
    title = make_title("Ana Torres", state=TitleState.SETTLED)
    ingest_rows(make_batch(), rows_of("Ana Torres"))
    title.refresh_from_db()
    assert title.state == TitleState.SETTLED


@pytest.mark.parametrize(
    ("row", "code", "raw"),
    [
        (Row(2, ""), "empty", ""),
        (Row(2, " \u00a0"), "empty", " \u00a0"),
        (Row(2, "a" * 2001), "too_long", "a" * 2001),
        (Row(2, "a\x00b"), "control_characters", "a\\x00b"),
        (Row(2, "a\ud800"), "invalid_unicode", "a\\ud800"),
        (Row(2, "Bob", "i" * 256), "id_too_long", "Bob"),
        (Row(2, "Bob", "i\x00"), "invalid_id", "Bob"),
        (Row(2, "Bob", "i\ud800"), "invalid_id", "Bob"),
        (RowError(2, "invalid_utf8", "m", "B\\xff"), "invalid_utf8", "B\\xff"),
    ],
)
def test_a_bad_row_is_handed_back_and_the_next_one_is_stored(row, code, raw):
    batch, rejects = make_batch(), []
    count = ingest_rows(batch, [Row(1, "Ana"), row, Row(3, "Eve")], on_reject=rejects.append)
    assert count == IngestCount(read=3, new=2, repeated=0, rejected=1)
    assert [(reject.number, reject.code, reject.raw) for reject in rejects] == [(2, code, raw)]
    assert [text for _row, text, _raw in stored(batch)] == ["Ana", "Eve"]
    assert Batch.objects.get().rows_rejected == batch.rows_rejected == 1


def test_a_batch_of_bad_rows_only_or_of_none():
    batch, chunks = make_batch(), []
    assert ingest_rows(batch, rows_of("", " "), on_chunk=chunks.append) == IngestCount(read=2, rejected=2)
    assert ingest_rows(make_batch(), []) == IngestCount()
    assert (chunks, Title.objects.count()) == ([], 0)


def test_each_chunk_tells_its_titles_once_and_how_far_it_is(monkeypatch):
    monkeypatch.setattr(ingest, "CHUNK", 3)
    chunks, progress = [], []
    ingest_rows(
        make_batch(), rows_of("b", "a", "b", "", "c", "a", "d"), on_chunk=chunks.append, on_progress=progress.append
    )
    ids = dict(Title.objects.values_list("text", "id"))
    assert chunks == [[ids["b"], ids["a"]], [ids["c"], ids["a"]], [ids["d"]]]
    assert progress == [3, 6, 7]


def test_rows_are_taken_as_they_are_needed(monkeypatch):
    """A file is never held: when a chunk is told, no row after it has been read."""
    monkeypatch.setattr(ingest, "CHUNK", 10)
    taken, seen = [], []
    rows = (taken.append(number) or Row(number, f"t{number}") for number in range(1, 36))
    ingest_rows(make_batch(), rows, on_chunk=lambda _ids: seen.append(len(taken)))
    assert seen == [10, 20, 30, 35]


def test_reading_twice_into_one_batch_adds_nothing_and_counts_the_same():
    make_occurrence(make_title("Bob"))
    batch = make_batch()
    rows = [*rows_of("Ana", "Bob", "Ana ", ""), RowError(5, "invalid_utf8", "m", "r")]
    first = ingest_rows(batch, rows)
    assert first == IngestCount(read=5, new=1, repeated=2, rejected=2)
    assert ingest_rows(batch, rows) == first
    assert (Title.objects.count(), len(stored(batch)), Batch.objects.get(pk=batch.pk).rows_rejected) == (2, 3, 2)


def test_reading_twice_counts_the_same_after_others_brought_the_same_titles():
    batch = make_batch()
    first = ingest_rows(batch, rows_of("Ana", "Bob"))
    assert ingest_rows(make_batch(), rows_of("Bob", "Ana")) == IngestCount(read=2, new=0, repeated=2)
    assert ingest_rows(batch, rows_of("Ana", "Bob")) == first == IngestCount(read=2, new=2)


def test_killed_between_chunks_and_run_again_ends_as_if_run_once(monkeypatch):
    monkeypatch.setattr(ingest, "CHUNK", 2)
    batch, rows = make_batch(), rows_of("a", "", "b", "a", "", "c")
    told = []

    def die_in_the_second(ids: list[int]) -> None:
        told.append(ids)
        if len(told) == 2:
            raise Killed

    with pytest.raises(Killed):
        ingest_rows(batch, rows, on_chunk=die_in_the_second)
    assert [row for row, _text, _raw in stored(batch)] == [1, 3, 4]
    assert Batch.objects.get().rows_rejected == 1
    assert ingest_rows(batch, rows) == IngestCount(read=6, new=3, repeated=1, rejected=2)
    assert [row for row, _text, _raw in stored(batch)] == [1, 3, 4, 6]
    assert Batch.objects.get().rows_rejected == 2


@pytest.mark.django_db(transaction=True)
def test_killed_inside_a_chunk_stores_nothing_of_it(monkeypatch):
    monkeypatch.setattr(ingest, "CHUNK", 2)
    batch, rows = make_batch(), rows_of("a", "b", "c", "d")
    insert = ingest.insert_missing

    def die_at_c(model: type, fields: tuple, rows: list) -> int:
        stored = insert(model, fields, rows)
        if model is Occurrence and Title.objects.filter(text="c").exists():
            raise Killed
        return stored

    monkeypatch.setattr(ingest, "insert_missing", die_at_c)
    with pytest.raises(Killed):
        ingest_rows(batch, rows)
    assert sorted(Title.objects.values_list("text", flat=True)) == ["a", "b"]
    assert Occurrence.objects.count() == 2
    monkeypatch.setattr(ingest, "insert_missing", insert)
    assert ingest_rows(batch, rows) == IngestCount(read=4, new=4)
    assert Occurrence.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_batches_with_the_same_titles_at_once_make_each_title_once(monkeypatch):
    monkeypatch.setattr(ingest, "CHUNK", 25)
    texts = [f"title {number}" for number in range(200)]
    first, second = make_batch(), make_batch()
    counts = run_at_once(
        partial(ingest_rows, first, rows_of(*texts)), partial(ingest_rows, second, rows_of(*reversed(texts)))
    )
    assert [count.read for count in counts] == [200, 200]
    assert sum(count.new for count in counts) == 200
    assert Title.objects.count() == 200
    assert (len(stored(first)), len(stored(second))) == (200, 200)


@pytest.mark.django_db(transaction=True)
def test_two_readers_of_one_batch_at_once_end_as_one(monkeypatch):
    monkeypatch.setattr(ingest, "CHUNK", 25)
    batch, rows = make_batch(), rows_of(*(f"title {number % 150}" for number in range(200)), "")
    counts = run_at_once(partial(ingest_rows, batch, rows), partial(ingest_rows, batch, rows))
    assert counts == [IngestCount(read=201, new=150, repeated=50, rejected=1)] * 2
    assert (Title.objects.count(), len(stored(batch)), Batch.objects.get().rows_rejected) == (150, 200, 1)


@pytest.mark.parametrize("fresh", [True, False])
def test_queries_do_not_grow_with_the_rows(fresh):
    counts = []
    for size in (1, 3):
        texts = [f"t {size} {number}" for number in range(size)]
        if not fresh:
            ingest_rows(make_batch(), rows_of(*texts))
        batch = make_batch()
        with CaptureQueriesContext(connection) as queries:
            ingest_rows(batch, rows_of(*texts))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_title_key_is_the_digest_of_the_text():
    assert title_key("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
