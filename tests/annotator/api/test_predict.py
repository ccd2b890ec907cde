import pytest

from annotator import taggers
from annotator.exceptions import ModelUnavailable
from annotator.models import Annotation, Prediction, Title
from ner_core.engines.fake import FakeTagger
from ner_core.microbatch import QueueFull
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.annotator.api.bad_input import BAD_TITLES, NOT_JSON
from tests.factories import make_annotation, make_prediction, make_title, spans_of

PREDICT = "/api/v1/predict"
TEXT = "Ana Torres live in Lisbon"
READING = Reading((Span(0, 10, "PER", 0.98), Span(19, 25, "LOC", 0.96)), 0.95)
LINEUP = {
    "event_name": TEXT,
    "artists": ["Ana Torres"],
    "event_info": [],
    "location": ["Lisbon"],
    "date": [],
    "related_keywords": ["live"],
}


@pytest.fixture
def scripted(tagger):
    tagger._script[TEXT] = READING
    return tagger


def error_of(response):
    return response.json()["error"]


def test_one_title_is_answered_with_one_prediction(service, scripted):
    response = service.send(PREDICT, {"title": TEXT})

    assert response.status_code == 200
    assert response.json() == {
        "text": TEXT,
        "spans": [
            {"start": 0, "end": 10, "label": "PER", "score": 0.98, "text": "Ana Torres"},
            {"start": 19, "end": 25, "label": "LOC", "score": 0.96, "text": "Lisbon"},
        ],
        "confidence": 0.95,
        "band": "high",
        "source": "model",
        "model_version": scripted.version,
        "lineup": LINEUP,
    }


def test_a_list_is_answered_in_its_order_repeats_included(service, scripted):
    titles = ["Zoë Nord & Karl Süd", TEXT, "Zoë Nord & Karl Süd", "nothing here"]

    response = service.send(PREDICT, {"titles": titles})

    assert response.status_code == 200
    assert [prediction["text"] for prediction in response.json()["predictions"]] == titles


def test_an_empty_list_is_answered_with_an_empty_list(service, tagger):
    response = service.send(PREDICT, {"titles": []})

    assert (response.status_code, response.json()) == (200, {"predictions": []})


def test_a_settled_title_is_answered_from_its_annotation(service, scripted):
    make_annotation(make_title(TEXT), spans=spans_of(TEXT, ("Lisbon", "LOC")))

    prediction = service.send(PREDICT, {"title": TEXT}).json()

    assert prediction["spans"] == [{"start": 19, "end": 25, "label": "LOC", "score": 1.0, "text": "Lisbon"}]
    assert (prediction["source"], prediction["annotation_source"]) == ("annotation", "reviewed")
    assert (prediction["confidence"], prediction["model_version"]) == (1.0, None)
    assert scripted.calls == []


def test_offsets_count_in_the_text_as_it_was_sent(service, scripted):
    raw = "  Zoe\u0301\u00a0 Nord\t🎸 in  Gent "
    make_annotation(make_title(raw), spans=spans_of("Zoé Nord 🎸 in Gent", ("Zoé Nord", "PER"), ("Gent", "LOC")))

    prediction = service.send(PREDICT, {"title": raw}).json()

    assert prediction["text"] == raw
    assert [raw[span["start"] : span["end"]] for span in prediction["spans"]] == ["Zoe\u0301\u00a0 Nord", "Gent"]
    assert [span["text"] for span in prediction["spans"]] == ["Zoe\u0301\u00a0 Nord", "Gent"]
    assert prediction["lineup"]["artists"] == ["Zoé Nord"]


def test_nothing_is_stored_however_often_one_asks(service, tagger):
    first = service.send(PREDICT, {"title": TEXT}).json()

    assert service.send(PREDICT, {"title": TEXT}).json() == first
    assert (Title.objects.count(), Prediction.objects.count(), Annotation.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(("title", "code"), BAD_TITLES)
def test_a_bad_title_is_refused_with_its_code(service, tagger, title, code):
    response = service.send(PREDICT, {"title": title})

    assert response.status_code == 400
    assert (error_of(response)["code"], error_of(response)["field"]) == (code, "title")
    assert tagger.calls == []


@pytest.mark.parametrize(("title", "code"), BAD_TITLES)
def test_a_bad_title_in_a_list_is_named_by_its_place(service, tagger, title, code):
    response = service.send(PREDICT, {"titles": ["Ana Torres", title, "Lisbon", title]})

    error = error_of(response)
    assert response.status_code == 400
    assert (error["code"], error["field"]) == ("invalid_items", "titles")
    assert [(item["index"], item["code"]) for item in error["items"]] == [(1, code), (3, code)]
    assert tagger.calls == []


@pytest.mark.parametrize(("body", "code"), NOT_JSON)
def test_a_body_that_is_not_plain_json_is_refused(service, tagger, body, code):
    response = service.generic("POST", PREDICT, body, content_type="application/json")

    assert (response.status_code, error_of(response)["code"]) == (400, code)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "title_missing", None),
        ({"titel": TEXT}, "title_missing", None),
        ({"title": TEXT, "titles": [TEXT]}, "title_and_titles", None),
        ({"title": TEXT, "titles": None}, "title_and_titles", None),
        ({"titles": TEXT}, "not_a_list", "titles"),
        ({"titles": None}, "not_a_list", "titles"),
        ({"titles": {"0": TEXT}}, "not_a_list", "titles"),
        ([TEXT], "not_an_object", None),
        (TEXT, "not_an_object", None),
        (None, "not_an_object", None),
        (7, "not_an_object", None),
        (True, "not_an_object", None),
    ],
)
def test_a_body_of_another_shape_is_refused(service, tagger, body, code, field):
    response = service.send(PREDICT, body)

    assert response.status_code == 400
    assert (error_of(response)["code"], error_of(response).get("field")) == (code, field)


def test_ten_thousand_titles_are_read_and_one_more_is_refused(service, tagger):
    titles = [f"Ana {number}" for number in range(10_000)]

    assert len(service.send(PREDICT, {"titles": titles}).json()["predictions"]) == 10_000

    response = service.send(PREDICT, {"titles": [*titles, "one more"]})
    assert (response.status_code, error_of(response)["code"]) == (400, "too_many_titles")
    assert error_of(response)["message"] == "At most 10000 titles at a time; these are 10001."


def test_without_a_model_the_answer_is_503(service, monkeypatch):
    def fail():
        raise ModelUnavailable("No model version is active.")

    monkeypatch.setattr(taggers, "shared_tagger", fail)
    response = service.send(PREDICT, {"title": TEXT})

    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert error_of(response) == {"code": "model_unavailable", "message": "No model version is active."}


def test_a_busy_desk_answers_503_and_says_when_to_come_again(service, monkeypatch):
    class Busy(FakeTagger):
        def tag(self, *_args: object, **_named: object) -> list:
            raise QueueFull

    monkeypatch.setattr(taggers, "shared_tagger", Busy)
    response = service.send(PREDICT, {"title": TEXT})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert error_of(response)["code"] == "busy"


@pytest.mark.parametrize("count", [3, 5])
def test_the_queries_do_not_grow_with_the_titles(service, tagger, django_assert_num_queries, count):
    titles = [f"{TEXT} {number}" for number in range(count)]
    for title in titles[:2]:
        make_annotation(prediction=make_prediction(make_title(title)), source="auto")

    with django_assert_num_queries(4):  # token, limits, annotations, known names
        service.send(PREDICT, {"titles": titles})
