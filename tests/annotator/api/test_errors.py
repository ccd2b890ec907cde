"""One shape for everything that goes wrong, wherever it goes wrong."""

import json

import pytest
from django.db import OperationalError
from django.http import UnreadablePostError
from rest_framework import exceptions

from annotator.api.errors import describe
from annotator.api.views import artists, model_versions
from annotator.exceptions import LineupDeskError

PREDICT = "/api/v1/predict"


def error_of(response):
    return response.json()["error"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "json"],
)
def test_a_body_that_is_not_declared_as_json_is_415(service, tagger, content_type):
    response = service.generic("POST", PREDICT, '{"title": "Ana"}', content_type=content_type)

    assert (response.status_code, error_of(response)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_json_however_it_is_declared(service, tagger, content_type):
    assert service.generic("POST", PREDICT, '{"title": "Ana"}', content_type=content_type).status_code == 200


@pytest.mark.parametrize("charset", ["bz2_codec", "rot13", "utf-8-nonsense", "base64"])
def test_a_charset_that_is_none_is_refused(service, tagger, charset):
    body = '{"title": "\u00e9"}'.encode()
    response = service.generic("POST", PREDICT, body, content_type=f"application/json; charset={charset}")

    assert response.status_code == (200 if charset == "utf-8-nonsense" else 400)


def test_a_latin1_body_is_read_as_declared(service, tagger):
    body = '{"title": "Zoé"}'.encode("latin1")
    response = service.generic("POST", PREDICT, body, content_type="application/json; charset=latin1")

    assert response.json()["text"] == "Zoé"


@pytest.mark.parametrize("path", [PREDICT, "/extract_from_batch", "/api/v1/batches"])
def test_a_body_beyond_the_limit_is_413(service, tagger, settings, path):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = service.send(path, {"titles": ["A" * 1000]})

    assert (response.status_code, error_of(response)["code"]) == (413, "body_too_large")
    assert error_of(response)["message"] == "The body may have at most 1000 bytes."


def test_a_body_in_chunks_is_411(service, tagger):
    """Django would take it for an empty one."""
    response = service.generic("POST", PREDICT, b"", content_type="application/json", HTTP_TRANSFER_ENCODING="chunked")

    assert (response.status_code, error_of(response)["code"]) == (411, "length_required")


def test_an_empty_body_is_refused(service, tagger):
    response = service.generic("POST", PREDICT, b"", content_type="application/json")

    assert (response.status_code, error_of(response)["code"]) == (400, "title_missing")


def test_an_answer_in_another_format_is_406(service, db):
    response = service.get("/api/v1/artists", HTTP_ACCEPT="text/html")

    assert (response.status_code, error_of(response)["code"]) == (406, "not_acceptable")


def test_a_connection_that_ends_early_is_told_apart(service, tagger, monkeypatch):
    monkeypatch.setattr("annotator.api.parsers._decode", _raise(UnreadablePostError("gone")))

    response = service.send(PREDICT, {"title": "Ana"})

    assert (response.status_code, error_of(response)["code"]) == (400, "body_unreadable")


def test_a_database_that_is_down_is_503(service, monkeypatch, caplog):
    monkeypatch.setattr(artists.Artists, "get_queryset", _raise(OperationalError("database is locked")))

    response = service.get("/api/v1/artists")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert error_of(response)["code"] == "database_unavailable"
    assert "database is locked" in caplog.text


def test_a_bug_is_a_json_500_that_tells_nothing_and_is_logged(service, monkeypatch, caplog):
    monkeypatch.setattr(model_versions.ModelVersions, "get_queryset", _raise(RuntimeError("a secret")))
    service.raise_request_exception = False

    response = service.get("/api/v1/models")

    assert response.status_code == 500
    assert error_of(response) == {
        "code": "internal_error",
        "message": "Something is broken on our side. It was logged.",
    }
    assert "a secret" in caplog.text


def test_a_bug_is_raised_to_tests(service, monkeypatch):
    monkeypatch.setattr(model_versions.ModelVersions, "get_queryset", _raise(RuntimeError("a bug")))

    with pytest.raises(RuntimeError, match="a bug"):
        service.get("/api/v1/models")


def test_a_refusal_of_the_domain_keeps_its_code_and_field(service, monkeypatch):
    refusal = LineupDeskError("No.", code="made_up", field="name")
    monkeypatch.setattr(artists.Artists, "get_queryset", _raise(refusal))

    response = service.get("/api/v1/artists")

    assert (response.status_code, error_of(response)) == (400, {"code": "made_up", "message": "No.", "field": "name"})


def test_messages_follow_the_language_and_codes_do_not(service, tagger):
    response = service.send(PREDICT, {"title": ""}, HTTP_ACCEPT_LANGUAGE="fr")

    assert error_of(response)["code"] == "empty"
    assert response.headers["Content-Language"] == "fr"


@pytest.mark.parametrize(
    ("detail", "described"),
    [
        (["wrong"], {"code": "invalid", "message": "wrong"}),
        ({"name": ["wrong", "worse"]}, {"code": "invalid", "message": "wrong", "field": "name"}),
        ({"non_field_errors": ["wrong"]}, {"code": "invalid", "message": "wrong"}),
        (
            {"titles": {2: ["wrong"], 0: {"id": ["worse"]}}},
            {
                "code": "invalid_items",
                "message": "2 items cannot be taken.",
                "field": "titles",
                "items": [
                    {"index": 0, "code": "invalid", "message": "worse", "field": "id"},
                    {"index": 2, "code": "invalid", "message": "wrong"},
                ],
            },
        ),
    ],
)
def test_details_become_one_error(detail, described):
    assert json.loads(json.dumps(describe(exceptions.ValidationError(detail)))) == described


def _raise(error):
    def fail(*args, **kwargs):
        raise error

    return fail
