from urllib.parse import quote, quote_plus

import pytest

from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.annotator.api.bad_input import BAD_TITLES, NOT_JSON
from tests.factories import make_annotation, make_title, spans_of

REALTIME, BATCH = "/extract_from_realtime", "/extract_from_batch"
TEXT = "Zoë Nord & Karl Süd live in Gent 12/05"
LINEUP = {
    "event_name": TEXT,
    "artists": ["Zoë Nord", "Karl Süd"],
    "event_info": [],
    "location": ["Gent"],
    "date": ["12/05"],
    "related_keywords": ["live"],
}


@pytest.fixture(autouse=True)
def _scripted(tagger):
    places = spans_of(TEXT, ("Zoë Nord", "PER"), ("Karl Süd", "PER"), ("Gent", "LOC"), ("12/05", "DATE"))
    tagger._script[TEXT] = Reading(tuple(Span(score=0.9, **place) for place in places), 0.9)


def error_of(response):
    return response.json()["error"]


@pytest.mark.parametrize("encode", [quote, quote_plus])
def test_one_title_is_answered_with_its_line_up_alone(service, encode):
    response = service.post(f"{REALTIME}?data={encode(TEXT)}")

    assert (response.status_code, response.json()) == (200, LINEUP)


def test_a_body_beside_the_title_is_not_read(service):
    response = service.post(f"{REALTIME}?data={quote(TEXT)}", {"data": "something else"})

    assert response.json() == LINEUP


def test_a_list_is_answered_with_a_list_in_its_order(service):
    response = service.send(BATCH, ["Ana", TEXT, "Ana"])

    assert response.status_code == 200
    assert [lineup["event_name"] for lineup in response.json()] == ["Ana", TEXT, "Ana"]
    assert response.json()[1] == LINEUP


def test_an_empty_list_is_answered_with_an_empty_list(service):
    assert service.send(BATCH, []).json() == []


def test_a_settled_title_is_answered_from_its_annotation(service):
    make_annotation(make_title(TEXT), spans=[])

    for lineup in (service.post(f"{REALTIME}?data={quote(TEXT)}").json(), service.send(BATCH, [TEXT]).json()[0]):
        assert (lineup["artists"], lineup["location"]) == ([], [])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("?title=Ana", "required"),
        ("?data=", "empty"),
        ("?data=%20%C2%A0", "empty"),
        ("?data=a%00b", "control_characters"),
        ("?data=" + "A" * 2001, "too_long"),
        ("?data=Ana&data=Bob", "repeated_parameter"),
    ],
)
def test_a_bad_title_in_the_address_is_refused(service, query, code):
    response = service.post(REALTIME + query)

    assert response.status_code == 400
    assert (error_of(response)["code"], error_of(response)["field"]) == (code, "data")


@pytest.mark.parametrize(("title", "code"), BAD_TITLES)
def test_a_bad_title_in_the_list_is_named_by_its_place(service, title, code):
    response = service.send(BATCH, ["Ana", title])

    assert (response.status_code, error_of(response)["code"]) == (400, "invalid_items")
    assert [(item["index"], item["code"]) for item in error_of(response)["items"]] == [(1, code)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"titles": ["Ana"]}, "not_a_list"),
        ("Ana", "not_a_list"),
        (None, "not_a_list"),
        (3, "not_a_list"),
        (["Ana"] * 10_001, "too_many_titles"),
    ],
)
def test_a_body_of_another_shape_is_refused(service, body, code):
    response = service.send(BATCH, body)

    assert (response.status_code, error_of(response)["code"]) == (400, code)


@pytest.mark.parametrize(("body", "code"), NOT_JSON)
def test_a_body_that_is_not_plain_json_is_refused(service, body, code):
    response = service.generic("POST", BATCH, body, content_type="application/json")

    assert (response.status_code, error_of(response)["code"]) == (400, code)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_titles(service, django_assert_num_queries, count):
    with django_assert_num_queries(4):  # token, limits, annotations, known names
        service.send(BATCH, [f"Ana {number}" for number in range(count)])
