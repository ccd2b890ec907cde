import pytest

from annotator.enums import AnnotationSource, TitleState
from annotator.models import Title
from tests.factories import SPANS, make_annotation, make_model_version, make_prediction, make_queue_item, make_title

TITLES = "/api/v1/titles"


def texts_of(response):
    return [title["text"] for title in response.json()["results"]]


def test_titles_come_newest_first_with_what_is_known(staff):
    make_title("Ana Torres live in Lisbon 1")
    make_queue_item(make_title("Ana Torres live in Lisbon 2"), confidence=0.4, band="low")
    settled = make_annotation(make_title("Ana Torres live in Lisbon 3")).title

    newest, waiting, new = staff.get(TITLES).json()["results"]

    assert [title["state"] for title in (newest, waiting, new)] == ["settled", "waiting", "new"]
    assert (newest["id"], newest["annotation"]["source"], newest["annotation"]["spans"]) == (
        settled.pk,
        "reviewed",
        SPANS,
    )
    assert (waiting["band"], waiting["annotation"]) == ("low", None)
    assert (new["band"], new["annotation"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=waiting", ["Boris in Bonn"]),
        ("band=middle", ["Boris in Bonn"]),
        ("band=low", []),
        ("text=IN+bonn", ["Boris in Bonn"]),
        ("text=", ["Boris in Bonn", "Ana in Antwerp"]),
        ("source=reviewed", ["Ana in Antwerp"]),
        ("label=PER&state=settled", ["Ana in Antwerp"]),
        ("label=DATE", []),
        ("model_version=one", ["Boris in Bonn"]),
        ("model_version=two", []),
    ],
)
def test_every_filter_narrows_the_list(staff, query, found):
    make_annotation(make_title("Ana in Antwerp"), spans=[{"start": 0, "end": 3, "label": "PER"}])
    boris = make_prediction(make_title("Boris in Bonn"), spans=[], model_version=make_model_version("one"))
    make_queue_item(prediction=boris)

    assert texts_of(staff.get(f"{TITLES}?{query}")) == found


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("state=done", "invalid_choice", "state"),
        ("state=", "invalid_choice", "state"),
        ("band=HIGH", "invalid_choice", "band"),
        ("label=per", "invalid_choice", "label"),
        ("source=me", "invalid_choice", "source"),
        ("text=" + "x" * 201, "max_length", "text"),
        ("text=%00", "control_characters", "text"),
        ("model_version=%1b", "control_characters", "model_version"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(staff, query, code, field):
    response = staff.get(f"{TITLES}?{query}")

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (400, code, field)


def test_a_title_tells_what_every_model_read(staff):
    title = make_title("Ana Torres live in Lisbon")
    old = make_prediction(title, confidence=0.5, model_version=make_model_version("old", state="retired"))
    other = [{"spans": [SPANS[0] | {"score": 0.3}], "confidence": 0.2}]
    new = make_prediction(title, confidence=0.8, model_version=make_model_version("new"), alternatives=other)
    make_annotation(prediction=new, source=AnnotationSource.AUTO)

    found = staff.get(f"{TITLES}/{title.pk}").json()

    assert (found["text"], found["state"]) == (title.text, TitleState.SETTLED)
    assert [prediction["model_version"] for prediction in found["predictions"]] == ["new", "old"]
    assert [prediction["confidence"] for prediction in found["predictions"]] == [0.8, 0.5]
    assert found["predictions"][0]["alternatives"] == other
    assert found["predictions"][1]["spans"] == old.spans


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_titles(staff, django_assert_num_queries, count):
    for _ in range(count):
        make_queue_item()
        make_annotation()

    with django_assert_num_queries(2):  # token, titles with all they have
        assert len(staff.get(TITLES).json()["results"]) == 2 * count


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_predictions_of_a_title(staff, django_assert_num_queries, count):
    title = make_title()
    for number in range(count):
        make_prediction(title, model_version=make_model_version(str(number), state="retired"))

    with django_assert_num_queries(3):  # token, title, predictions
        assert len(staff.get(f"{TITLES}/{title.pk}").json()["predictions"]) == count


def test_a_title_is_not_changed_here(staff):
    title = make_title("Ana Torres")

    assert staff.delete(f"{TITLES}/{title.pk}").status_code == 405
    assert Title.objects.filter(pk=title.pk).exists()


def test_what_the_model_read_in_a_waiting_blind_card_is_for_leads_only(staff, leader):
    title = make_title("Ana Torres live in Lisbon")
    make_queue_item(prediction=make_prediction(title, model_version=make_model_version()), blind=True)

    assert staff.get(f"{TITLES}/{title.pk}").json()["predictions"] == []
    assert len(leader.get(f"{TITLES}/{title.pk}").json()["predictions"]) == 1
