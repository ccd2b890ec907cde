"""Pages of lists by the place of a row."""

import pytest

from annotator.models import Artist, Title
from annotator.web.paging import keyset_page
from tests import factories


def walk(rows, order: list[str], *, size: int) -> list[list]:
    """Every page from the first to the last."""
    pages, place = [], {}
    while True:
        page = keyset_page(rows, order, place, size=size)
        pages.append(page)
        if not page.next:
            return pages
        place = dict([page.next.split("=")])


@pytest.fixture
def titles(db: None) -> list[Title]:
    return [factories.make_title(f"title {number}") for number in range(5)]


@pytest.fixture
def artists(db: None) -> list[Artist]:
    names = ["b", "a", "c", "b", "b"]
    return [Artist.objects.create(name=name, key=name, note=str(at)) for at, name in enumerate(names)]


def test_pages_follow_each_other_without_gap_or_double(titles: list[Title]):
    pages = walk(Title.objects.all(), ["-pk"], size=2)
    assert [[row.text for row in page.rows] for page in pages] == [
        ["title 4", "title 3"],
        ["title 2", "title 1"],
        ["title 0"],
    ]
    assert [(bool(page.previous), bool(page.next)) for page in pages] == [(False, True), (True, True), (True, False)]


def test_rows_with_the_same_name_are_told_apart_by_key(artists: list[Artist]):
    pages = walk(Artist.objects.all(), ["name", "pk"], size=2)
    assert [[row.note for row in page.rows] for page in pages] == [["1", "0"], ["3", "4"], ["2"]]


def test_way_back_shows_the_same_pages(artists: list[Artist]):
    first, second, third = walk(Artist.objects.all(), ["name", "pk"], size=2)
    back = keyset_page(Artist.objects.all(), ["name", "pk"], dict([third.previous.split("=")]), size=2)
    assert back.rows == second.rows
    again = keyset_page(Artist.objects.all(), ["name", "pk"], dict([back.previous.split("=")]), size=2)
    assert (again.rows, again.previous, again.next) == (first.rows, "", first.next)


def test_row_that_arrives_meanwhile_moves_nothing(titles: list[Title]):
    first = keyset_page(Title.objects.all(), ["-pk"], {}, size=2)
    factories.make_title("late")
    second = keyset_page(Title.objects.all(), ["-pk"], dict([first.next.split("=")]), size=2)
    assert [row.text for row in second.rows] == ["title 2", "title 1"]
    assert second.previous == f"before={second.rows[0].pk}"


@pytest.mark.parametrize(
    "place", [{"after": "x"}, {"after": "9" * 40}, {"before": "0"}, {"after": ""}, {"before": "é"}]
)
def test_place_that_makes_no_sense_is_the_first_page(titles: list[Title], place: dict[str, str]):
    page = keyset_page(Title.objects.all(), ["-pk"], place, size=2)
    assert ([row.text for row in page.rows], page.previous) == (["title 4", "title 3"], "")


def test_count_stops_at_its_limit(titles: list[Title], monkeypatch: pytest.MonkeyPatch):
    assert (
        keyset_page(Title.objects.all(), ["-pk"], {}).count,
        keyset_page(Title.objects.all(), ["-pk"], {}).more,
    ) == (5, False)
    monkeypatch.setattr("annotator.web.paging.COUNT_LIMIT", 4)
    page = keyset_page(Title.objects.all(), ["-pk"], {})
    assert (page.count, page.more) == (4, True)


def test_empty_list_has_one_empty_page(db: None):
    page = keyset_page(Title.objects.all(), ["-pk"], {})
    assert (page.rows, page.previous, page.next, page.count) == ([], "", "", 0)
