"""Rows beside the ORM, on both databases: CI runs these on PostgreSQL too."""

import pytest
from django.db import DataError, connection, transaction
from django.utils import timezone

from annotator.enums import TitleState
from annotator.models import Occurrence, Title
from annotator.models.bulk_rows import find_ids, insert_missing, insert_missing_ids
from tests.factories import make_batch, make_title

pytestmark = pytest.mark.django_db
ODD = ['say "Ana"', "back\\slash", r"\"", "{a,b}", "NULL", "", "it's 100% %s", "Été 🎺\t|\n", ","]
FIELDS = ("text", "key", "state", "created_at")


def rows_of(texts: list[str]) -> list[tuple]:
    now = timezone.now()
    return [(text, f"key of {text}", TitleState.NEW, now) for text in texts]


def test_any_text_arrives_as_it_is():
    made = insert_missing_ids(Title, FIELDS, rows_of(ODD), by="key")
    assert dict(Title.objects.values_list("text", "id")) == {text: made[f"key of {text}"] for text in ODD}
    assert find_ids(Title, "key", [*made, "nobody"]) == made
    assert find_ids(Title, "key", []) == {}


def test_only_what_was_not_there_has_a_new_id():
    known = make_title("Ana")
    rows = [("Ana", known.key, TitleState.NEW, timezone.now()), *rows_of(["Bob"])]
    made = insert_missing_ids(Title, FIELDS, rows, by="key")
    assert made == {"key of Bob": Title.objects.get(text="Bob").pk}
    assert insert_missing_ids(Title, FIELDS, rows, by="key") == insert_missing_ids(Title, FIELDS, [], by="key") == {}
    assert Title.objects.count() == 2


def test_numbers_and_what_all_rows_share():
    batch, titles = make_batch(), [make_title(text) for text in "ab"]
    rows = [(batch.pk, number, title.pk, title.text, "") for number, title in enumerate(titles, 1)]
    assert insert_missing(Occurrence, ("batch", "row", "title", "raw_text", "external_id"), rows) == 2
    assert insert_missing(Occurrence, ("batch", "row", "title", "raw_text", "external_id"), rows) == 0
    alike = [(batch.pk, 3, titles[0].pk, "c", "")] * 2
    assert insert_missing(Occurrence, ("batch", "row", "title", "raw_text", "external_id"), alike) == 1
    rows += alike[:1]
    stored = batch.occurrences.order_by("row").values_list("batch", "row", "title", "raw_text", "external_id")
    assert list(stored) == rows


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no limit, and takes NUL")
def test_what_a_column_refuses_is_not_cut_off():
    for texts in (["a", "x" * 600], ["x" * 600], ["a", "a\x00b"]):
        with pytest.raises((DataError, ValueError)), transaction.atomic():
            insert_missing(Title, FIELDS, rows_of(texts))
    assert Title.objects.count() == 0
