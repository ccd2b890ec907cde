import json
from uuid import uuid4

import pytest

from annotator import jobs
from annotator.domain import rest_batches
from annotator.domain.annotations import settle_title
from annotator.enums import AnnotationSource, JobKind, JobState
from annotator.models import Batch, Job, Occurrence, Prediction, Title
from tests.annotator.api.bad_input import BAD_TITLES
from tests.factories import make_batch, make_occurrence, make_prediction, make_title, spans_of
from tests.races import run_at_once

BATCHES = "/api/v1/batches"
TITLES = ["Ana Torres live in Lisbon", {"title": "Zoë Nord & Karl Süd", "id": "show-2"}, "Ana  Torres live in Lisbon"]
COUNTS = {"read": 3, "new": 2, "repeated": 1, "rejected": 0, "tagged": 0, "total": 2}


@pytest.fixture
def sent(monkeypatch):
    """The ids that were given to the workers; nothing is tagged."""
    ids = []
    monkeypatch.setattr(jobs, "start_tagging", ids.extend)
    return ids


def error_of(response):
    return response.json()["error"]


def test_a_batch_is_stored_and_tagged(service, tagger, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = service.send(BATCHES, {"titles": TITLES, "name": "Tuesday"})
    batch = Batch.objects.get()

    assert response.status_code == 202
    assert response.headers["Location"] == f"http://testserver{BATCHES}/{batch.pk}"
    assert response.json()["counts"] == COUNTS
    assert (batch.name, batch.source, batch.created_by.username) == ("Tuesday", "rest", "client-shop")

    later = service.get(response.headers["Location"]).json()
    assert (later["state"], later["counts"]) == ("done", COUNTS | {"tagged": 2})
    assert later["results"] == f"http://testserver{BATCHES}/{batch.pk}/results"


def test_titles_are_known_before_they_are_tagged(service, sent):
    batch = service.send(BATCHES, {"titles": TITLES}).json()

    assert (batch["state"], batch["counts"]) == ("tagging", COUNTS)
    assert sent == list(Title.objects.order_by("occurrences__row").values_list("pk", flat=True).distinct())[:2]
    results = service.get(batch["results"]).json()["results"]
    assert [(result["row"], result["id"], result["state"], result["prediction"]) for result in results] == [
        (1, "", "new", None),
        (2, "show-2", "new", None),
        (3, "", "new", None),
    ]


def test_results_come_in_row_order_in_the_texts_as_sent(service, sent):
    batch = service.send(BATCHES, {"titles": TITLES}).json()
    first, second = (Title.objects.get(text=text) for text in ("Ana Torres live in Lisbon", "Zoë Nord & Karl Süd"))
    settle_title(first, spans=spans_of(first.text, ("Lisbon", "LOC")), source=AnnotationSource.REVIEWED)
    prediction = make_prediction(second, spans=spans_of(second.text, ("Zoë Nord", "PER", 0.7)), confidence=0.65)

    results = service.get(batch["results"]).json()["results"]

    readings = [result["prediction"] for result in results]
    assert [reading["text"] for reading in readings] == [
        "Ana Torres live in Lisbon",
        "Zoë Nord & Karl Süd",
        "Ana  Torres live in Lisbon",
    ]
    assert [[span["text"] for span in reading["spans"]] for reading in readings] == [
        ["Lisbon"],
        ["Zoë Nord"],
        ["Lisbon"],
    ]
    assert [reading["spans"][0]["start"] for reading in readings] == [19, 0, 20]
    assert [reading["source"] for reading in readings] == ["annotation", "model", "annotation"]
    assert (readings[1]["model_version"], readings[1]["band"]) == (prediction.model_version.name, "middle")
    assert readings[1]["lineup"]["artists"] == ["Zoë Nord"]


def test_results_come_in_pages(service, sent):
    batch = service.send(BATCHES, {"titles": [f"Ana {number}" for number in range(5)]}).json()

    rows, url = [], batch["results"] + "?page_size=2"
    while url:
        page = service.get(url).json()
        rows.append([result["row"] for result in page["results"]])
        url = page["next"]

    assert rows == [[1, 2], [3, 4], [5]]


def test_an_imported_file_is_a_batch_for_leads(leader, lead):
    batch = make_batch(rows_rejected=2, created_by=lead)
    make_occurrence(make_title("Ana Torres"), batch, row=1)
    Job.objects.create(kind=JobKind.IMPORT, batch=batch)

    described = leader.get(f"{BATCHES}/{batch.pk}").json()
    assert (described["state"], described["source"]) == ("receiving", "page")
    assert described["counts"] == {"read": 1, "new": 1, "repeated": 0, "rejected": 2, "tagged": 0, "total": 1}

    Job.objects.update(state=JobState.FAILED)
    assert leader.get(f"{BATCHES}/{batch.pk}").json()["state"] == "failed"


@pytest.mark.parametrize(("title", "code"), [case for case in BAD_TITLES if case.id != "object"])
def test_one_bad_title_keeps_the_whole_batch_out(service, sent, title, code):
    response = service.send(BATCHES, {"titles": ["Ana Torres", title, {"title": title, "id": "x"}]})

    items = error_of(response)["items"]
    assert (response.status_code, error_of(response)["code"]) == (400, "invalid_items")
    assert [(item["index"], item["code"], item.get("field")) for item in items] == [(1, code, None), (2, code, "title")]
    assert (Batch.objects.count(), Title.objects.count(), sent) == (0, 0, [])


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        ({}, "required", "title"),
        ({"id": "x"}, "required", "title"),
        ({"title": "Ana", "id": 7}, "not_a_string", "id"),
        ({"title": "Ana", "id": None}, "not_a_string", "id"),
        ({"title": "Ana", "id": "x" * 256}, "max_length", "id"),
        ({"title": "Ana", "id": "a\x00b"}, "control_characters", "id"),
        ({"title": "Ana", "id": "\ud800"}, "surrogate_characters_not_allowed", "id"),
    ],
)
def test_a_bad_item_is_named_by_place_and_key(service, sent, item, code, field):
    error = error_of(service.send(BATCHES, {"titles": ["Ana Torres", item]}))

    assert [(found["index"], found["code"], found["field"]) for found in error["items"]] == [(1, code, field)]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "required", "titles"),
        ({"titles": []}, "no_titles", "titles"),
        ({"titles": "Ana"}, "not_a_list", "titles"),
        ({"titles": ["Ana"], "name": 7}, "not_a_string", "name"),
        ({"titles": ["Ana"], "name": None}, "not_a_string", "name"),
        ({"titles": ["Ana"], "name": "x" * 256}, "max_length", "name"),
        ({"titles": ["Ana"], "name": "\x00"}, "control_characters", "name"),
        ({"titles": ["Ana"] * 10_001}, "too_many_titles", "titles"),
        (["Ana"], "not_an_object", None),
        (None, "not_an_object", None),
    ],
)
def test_a_bad_batch_is_refused(service, sent, body, code, field):
    response = service.send(BATCHES, body)

    assert response.status_code == 400
    assert (error_of(response)["code"], error_of(response).get("field")) == (code, field)
    assert Batch.objects.count() == 0


def test_without_a_key_the_same_request_is_another_batch_of_the_same_titles(service, sent):
    first, second = (service.send(BATCHES, {"titles": TITLES}).json() for _ in range(2))

    assert first["id"] != second["id"]
    assert (first["counts"]["new"], second["counts"]["new"]) == (2, 0)
    assert (Title.objects.count(), Occurrence.objects.count()) == (2, 6)


def test_with_a_key_the_same_request_is_the_same_batch(service, sent):
    first, second = (service.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY="feed-1").json() for _ in range(2))

    assert first == second
    assert (Batch.objects.count(), Occurrence.objects.count(), len(sent)) == (1, 3, 2)


@pytest.mark.parametrize(
    "other",
    [
        {"titles": TITLES[:2]},
        {"titles": TITLES, "name": "x"},
        {"titles": [*TITLES[:2], {"title": TITLES[2], "id": "3"}]},
    ],
)
def test_with_a_key_another_request_is_refused(service, sent, other):
    service.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY="feed-1")

    response = service.send(BATCHES, other, HTTP_IDEMPOTENCY_KEY="feed-1")

    assert (response.status_code, error_of(response)["code"]) == (422, "idempotency_key_reused")
    assert (Batch.objects.count(), Occurrence.objects.count()) == (1, 3)


def test_a_key_belongs_to_its_client(service, staff, sent):
    ids = {
        client.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY="feed-1").json()["id"]
        for client in (service, staff)
    }

    assert len(ids) == 2


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "Zoë", "\x7f"])
def test_a_key_that_is_none_is_refused(service, sent, key):
    response = service.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY=key)

    assert (response.status_code, error_of(response)["code"]) == (400, "invalid_idempotency_key")
    assert error_of(response)["field"] == "Idempotency-Key"


def test_a_request_that_was_killed_half_way_is_finished_when_it_is_sent_again(service, sent, monkeypatch):
    class Killed(BaseException):
        pass

    def ingest_one_row(batch, rows, **options):
        whole(batch, [next(rows)])
        raise Killed

    whole = rest_batches.ingest_rows
    monkeypatch.setattr(rest_batches, "ingest_rows", ingest_one_row)
    with pytest.raises(Killed):
        service.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY="feed-1")
    monkeypatch.setattr(rest_batches, "ingest_rows", whole)
    assert (Batch.objects.get().closed_at, Occurrence.objects.count()) == (None, 1)

    again = service.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY="feed-1").json()

    assert (again["id"], again["counts"]) == (str(Batch.objects.get().pk), COUNTS)
    assert len(sent) == 2


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_with_one_key_end_with_one_batch(client_for, service_account, sent):
    clients = [client_for(service_account), client_for(service_account)]

    def send(client):
        return lambda: client.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY="feed-1")

    responses = run_at_once(*map(send, clients))

    assert [response.status_code for response in responses] == [202, 202]
    assert {response.json()["id"] for response in responses} == {str(Batch.objects.get().pk)}
    assert (Batch.objects.get().closed_at is None, Occurrence.objects.count(), Title.objects.count()) == (False, 3, 2)


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_share_their_titles(client_for, service_account, sent):
    clients = [client_for(service_account), client_for(service_account)]

    responses = run_at_once(*(lambda client=client: client.send(BATCHES, {"titles": TITLES}) for client in clients))

    assert [response.status_code for response in responses] == [202, 202]
    assert (Batch.objects.count(), Occurrence.objects.count(), Title.objects.count()) == (2, 6, 2)
    assert sorted(service_counts(clients[0], responses)) == [0, 2]


def service_counts(client, responses):
    """How many titles each batch was the first to bring, when all is over."""
    return [client.get(response.headers["Location"]).json()["counts"]["new"] for response in responses]


def test_a_broker_that_is_down_keeps_no_batch_out(service, monkeypatch):
    monkeypatch.setattr(jobs, "start_tagging", lambda _ids: False)

    response = service.send(BATCHES, {"titles": TITLES})

    assert (response.status_code, response.json()["state"]) == (202, "tagging")


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_rows(service, sent, django_assert_num_queries, count):
    batch = service.send(BATCHES, {"titles": [f"Ana {number} in Rome" for number in range(count)]}).json()
    for title in Title.objects.all():
        make_prediction(title, spans=[])
    assert Prediction.objects.count() == count

    with django_assert_num_queries(7):  # token, batch, job, rows, repeated rows, titles, tagged titles
        service.get(f"{BATCHES}/{batch['id']}")
    with django_assert_num_queries(7):  # token, batch, rows, limits, annotations, predictions, known names
        service.get(batch["results"])


def test_a_key_looks_at_what_the_json_says_not_at_how_it_is_written(service, sent):
    body = json.dumps({"name": "", "titles": TITLES}, indent=2)
    first = service.send(BATCHES, {"titles": TITLES}, HTTP_IDEMPOTENCY_KEY="feed-1").json()

    again = service.generic("POST", BATCHES, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="feed-1")

    assert again.json()["id"] == first["id"]


def test_a_made_up_batch_is_missing(service, db):
    assert service.get(f"{BATCHES}/{uuid4()}").status_code == 404
