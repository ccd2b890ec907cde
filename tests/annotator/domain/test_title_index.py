"""Words in titles, on both databases: CI runs these on PostgreSQL too."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.domain import title_index
from annotator.domain.ingest import ingest_rows, open_batch
from annotator.domain.readers import Row
from annotator.domain.title_index import make_title_index, with_words
from annotator.enums import Source
from annotator.models import Title
from tests.factories import make_title

pytestmark = pytest.mark.django_db
TITLES = [
    "Velvet Moss live",
    "VELVETEEN",
    "Été à Nîmes",
    "100% Moss_Quill",
    "東京事変 Tour",
    "The \"Quotes\" 'n' all",
    "it's A-B",
]


def found(*words: str) -> set[str]:
    return set(with_words(Title.objects.all(), words).values_list("text", flat=True))


def plainly(*words: str) -> set[str]:
    titles = Title.objects.all()
    for word in words:
        titles = titles.filter(text__icontains=word)
    return set(titles.values_list("text", flat=True))


def test_a_word_is_found_in_any_case_and_in_the_middle():
    for text in TITLES:
        make_title(text)
    assert found("velvet") == {"Velvet Moss live", "VELVETEEN"}
    assert found("moss", "quill") == {"100% Moss_Quill"}
    assert found("事変 ") == {"東京事変 Tour"}
    assert found('"quotes"') == {"The \"Quotes\" 'n' all"}
    assert found("zyzzyva") == set()
    assert found() == set(TITLES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from("elvtmosEÉé%_\"'事変A- "), min_size=1, max_size=6), max_size=3))
def test_the_index_finds_what_reading_all_titles_finds(db, words: list[str]):
    for text in TITLES:
        Title.objects.filter(text=text).exists() or make_title(text)
    words = [word.strip() for word in words if word.strip()]
    assert found(*words) == plainly(*words)


def test_a_word_that_very_many_titles_hold_is_found_without_the_index(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(title_index, "MOST_ROWS", 2)
    for number in range(4):
        make_title(f"Velvet {number}")
    assert len(found("velvet")) == 4
    assert found("velvet", "3") == {"Velvet 3"}


def test_the_index_follows_deleted_and_changed_titles():
    gone, changed = make_title("Velvet Moss"), make_title("Copper Quill")
    gone.delete()
    Title.objects.filter(pk=changed.pk).update(text="Golden Quill")
    again = make_title("Harbour Vane")
    assert (found("velvet"), found("copper"), found("golden"), found("harbour")) == (
        set(),
        set(),
        {"Golden Quill"},
        {again.text},
    )


def test_the_index_may_be_made_again_over_titles_that_are_there():
    make_title("Velvet Moss")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE title_pieces")
    make_title_index()
    make_title_index()
    assert found("velvet") == {"Velvet Moss"}


def test_titles_that_arrive_in_bulk_are_found_and_so_are_the_next_ones(monkeypatch):
    monkeypatch.setattr(title_index, "BULK", 2)
    batch = open_batch(source=Source.PAGE, name="titles.txt", actor=None)
    rows = [Row(number, text) for number, text in enumerate(["Velvet Moss", "Velvet Quill", "Paper Moon"], 1)]
    ingest_rows(batch, rows)
    make_title("Velvet Sea")
    assert found("velvet") == {"Velvet Moss", "Velvet Quill", "Velvet Sea"}
    assert found("moon") == {"Paper Moon"}


def test_a_bulk_that_fails_leaves_the_index_as_it_was():
    def fail() -> None:
        with transaction.atomic(), title_index.titles_filled_in_bulk(title_index.BULK):
            make_title("Velvet Moss")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    make_title("Velvet Quill")
    assert found("velvet") == {"Velvet Quill"}
