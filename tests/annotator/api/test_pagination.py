import base64

import pytest

from tests.factories import make_title

TITLES = "/api/v1/titles"


def cursor_of(inside):
    return base64.b64encode(inside.encode()).decode()


def test_pages_follow_each_other_and_lead_back(staff):
    ids = [make_title().pk for _ in range(5)][::-1]

    first = staff.get(f"{TITLES}?page_size=2").json()
    second = staff.get(first["next"]).json()
    third = staff.get(second["next"]).json()

    pages = [[title["id"] for title in page["results"]] for page in (first, second, third)]
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert (first["previous"], third["next"]) == (None, None)
    assert staff.get(third["previous"]).json()["results"] == second["results"]


def test_titles_that_arrive_meanwhile_shift_no_page(staff):
    ids = [make_title().pk for _ in range(4)][::-1]
    first = staff.get(f"{TITLES}?page_size=2").json()
    make_title()

    second = staff.get(first["next"]).json()

    assert [title["id"] for title in second["results"]] == ids[2:]


def test_filters_stay_in_the_links(staff):
    for number in range(3):
        make_title(f"Ana {number}")
        make_title(f"Boris {number}")

    first = staff.get(f"{TITLES}?text=ana&page_size=2").json()
    second = staff.get(first["next"]).json()

    assert [title["text"] for page in (first, second) for title in page["results"]] == ["Ana 2", "Ana 1", "Ana 0"]


@pytest.mark.parametrize("size", ["0", "-1", "1001", "ten", "", "1.5", "٣", "9" * 5000])
def test_a_page_size_that_is_none_is_refused(staff, size):
    response = staff.get(TITLES, {"page_size": size})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (400, "invalid_page_size", "page_size")


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense!",
        "é",
        cursor_of("p=abc"),
        cursor_of("p=%00"),
        cursor_of("o=x"),
        cursor_of("r=x&p=1"),
        cursor_of("o=-1"),
    ],
)
def test_a_cursor_that_no_page_gave_is_refused(staff, cursor):
    response = staff.get(TITLES, {"cursor": cursor})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (400, "invalid_cursor", "cursor")


@pytest.mark.parametrize("inside", ["p=" + "9" * 40, "p=-1", "", "o=1000000"])
def test_a_cursor_beyond_the_rows_is_an_empty_or_first_page(staff, inside):
    make_title()

    assert staff.get(TITLES, {"cursor": cursor_of(inside)}).status_code == 200


@pytest.mark.parametrize(
    ("inside", "status"),
    [
        ("p=yesterday", 400),
        ("p=2026-99-99", 400),
        ("p=2026-11-24", 400),
        ("p=2026-11-24+00%3A00%3A00", 400),
        ("p=2026-11-24+00%3A00%3A00%2B00%3A00", 200),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/models", "/api/v1/snapshots"])
def test_only_a_moment_is_a_position_in_lists_by_time(leader, path, inside, status):
    assert leader.get(path, {"cursor": cursor_of(inside)}).status_code == status
