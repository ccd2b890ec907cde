"""The published schema: whole, valid, true to its own examples, and reachable."""

import io
import json

import pytest
import yaml
from django.core.management import call_command

from annotator.api.urls import urlpatterns
from annotator.domain.rest_batches import BatchStatus

METHODS = {"get", "post"}


def test_the_schema_is_generated_without_a_warning():
    out = io.StringIO()

    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)

    assert yaml.safe_load(out.getvalue())["openapi"].startswith("3.")


def test_every_route_is_in_the_schema(published):
    hidden = {"/api/schema/", "/api/docs/", "/api/", "/api/<rest:path>"}
    routes = {"/" + str(pattern.pattern) for pattern in urlpatterns} - hidden
    spelled = {route.replace("<uuid:", "{").replace("<int:", "{").replace(">", "}") for route in routes}

    assert set(published.document["paths"]) == spelled


def operations(published):
    return [
        (f"{method} {path}", operation)
        for path, methods in published.plain["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_is_described_and_says_how_it_fails(published):
    for name, operation in operations(published):
        assert operation["summary"], name
        assert operation["description"], name
        assert {"406", "500", "503"} <= set(operation["responses"]), name
        if {} not in operation.get("security", [{}]):
            assert {"401", "403", "429"} <= set(operation["responses"]), name


def test_every_error_has_an_example_and_every_example_is_valid(published):
    checked = 0
    for name, operation in operations(published):
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                examples = content.get("examples", {})
                assert examples or status[0] not in "45" or status == "414", f"{name}: {status} has no example"
                for example in examples.values() if media_type == "application/json" else ():
                    published.validate(example["value"], content["schema"])
                    checked += 1
    assert checked > 100


def test_every_example_of_a_request_is_valid(published):
    bodies = [operation["requestBody"] for _, operation in operations(published) if "requestBody" in operation]
    for body in bodies:
        content = body["content"]["application/json"]
        assert content["examples"]
        for example in content["examples"].values():
            published.validate(example["value"], content["schema"])


def test_the_states_of_a_batch_are_those_of_the_domain(published):
    states = published.document["components"]["schemas"]["BatchStateEnum"]["enum"]

    assert states == list(BatchStatus.STATES)


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("", "*/*", "application/json"),
        ("", "text/html", "application/json"),
        ("", "application/yaml", "application/yaml"),
        ("?lang=fr", "*/*", "application/json"),
    ],
)
def test_the_schema_is_served(nobody, query, accept, media_type):
    response = nobody.get(f"/api/schema/{query}", HTTP_ACCEPT=accept)

    assert response.status_code == 200
    document = json.loads(response.content) if media_type == "application/json" else yaml.safe_load(response.content)
    assert document["paths"].keys() >= {"/api/v1/predict", "/extract_from_batch"}


@pytest.mark.parametrize("language", ["xx", "%00", "../../etc", ""])
def test_a_language_that_the_desk_does_not_speak_is_refused(nobody, language):
    response = nobody.get(f"/api/schema/?lang={language}")

    assert (response.status_code, response.json()["error"]["code"]) == (400, "unknown_language")


def test_the_docs_page_loads_nothing_from_elsewhere(nobody):
    response = nobody.get("/api/docs/")
    page = response.content.decode()

    assert response.status_code == 200
    assert "http://" not in page
    assert "https://" not in page
    assert "<script>" not in page
    assert "<style" not in page


def test_the_docs_page_greets_who_is_signed_in(client_for, reviewer):
    client = client_for(None)
    client.force_login(reviewer)

    assert "rosa" in client.get("/api/docs/").content.decode()
