import pytest

from tests.factories import make_annotation, make_artist, make_title

ARTISTS = "/api/v1/artists"


def names_of(response):
    return [artist["name"] for artist in response.json()["results"]]


def test_artists_come_by_name_with_their_spellings(service, db):
    make_artist("Zoë Nord", "Zoe Nord", "DJ Nord", kind="dj", country="BE", state="confirmed")
    make_annotation(make_title("Ana Torres live in Lisbon"))

    ana, zoe = service.get(ARTISTS).json()["results"]

    assert (ana["name"], ana["state"], ana["mention_count"], ana["aliases"]) == ("Ana Torres", "proposed", 1, [])
    assert (zoe["name"], zoe["kind"], zoe["country"], zoe["state"]) == ("Zoë Nord", "dj", "BE", "confirmed")
    assert sorted(zoe["aliases"]) == ["DJ Nord", "Zoe Nord"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=zoe", ["Zoë Nord"]),
        ("search=ZOË", ["Zoë Nord"]),
        ("search=dj", ["Zoë Nord"]),
        ("search=nobody", []),
        ("search=", ["Ana", "Zoë Nord"]),
        ("kind=dj", ["Zoë Nord"]),
        ("state=confirmed", []),
    ],
)
def test_every_filter_narrows_the_list(service, db, query, found):
    make_artist("Ana")
    make_artist("Zoë Nord", "DJ Nord", kind="dj")

    assert names_of(service.get(f"{ARTISTS}?{query}")) == found


@pytest.mark.parametrize(
    ("query", "code"),
    [("kind=band", "invalid_choice"), ("state=x", "invalid_choice"), ("search=%00", "control_characters")],
)
def test_a_filter_that_means_nothing_is_refused(service, db, query, code):
    response = service.get(f"{ARTISTS}?{query}")

    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_one_artist(service, db):
    artist = make_artist("Zoë Nord", "DJ Nord", note="the pianist")

    found = service.get(f"{ARTISTS}/{artist.pk}").json()

    assert (found["id"], found["name"], found["note"], found["aliases"]) == (
        artist.pk,
        "Zoë Nord",
        "the pianist",
        ["DJ Nord"],
    )


def test_homonyms_do_not_fall_between_two_pages(service, db):
    ids = [make_artist("Europe", note=f"number {number}").pk for number in range(5)]

    found, url = [], f"{ARTISTS}?page_size=2"
    while url:
        page = service.get(url).json()
        found += [artist["id"] for artist in page["results"]]
        url = page["next"]

    assert found == ids


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_artists(service, django_assert_num_queries, count):
    for number in range(count):
        make_artist(f"Ana {number}", f"Anna {number}", f"Anne {number}")

    with django_assert_num_queries(3):  # token, artists, aliases
        assert len(service.get(ARTISTS).json()["results"]) == count
