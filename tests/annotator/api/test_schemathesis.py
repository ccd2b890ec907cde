"""Requests that schemathesis makes up from the published schema, sound and broken: no answer that the schema does not promise, no 5xx.

The client of these tests (conftest.py) holds every answer against the schema. SCHEMATHESIS_EXAMPLES=500 looks longer.
"""

import json
import os
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.schemas import APIOperation

from tests.annotator.api.openapi import PublishedSchema
from tests.factories import make_annotation, make_artist, make_prediction, make_queue_item, make_title

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "12"))
SCHEMA = schemathesis.openapi.from_dict(PublishedSchema().document)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
ROLES = ("nobody", "service", "staff", "leader")


@pytest.fixture
def desk(db: None, tagger) -> None:
    """A row of each kind, so that some made-up ids are there."""
    make_annotation(prediction=make_prediction(make_title("Ana Torres in Rome")))
    make_queue_item(make_title("Kid Orbit"))
    make_artist("Nova Star", "Nova Starr")


def _asked() -> list:
    """Each operation with sound requests, and with broken ones where there is anything to break."""
    modes = {"sound": GenerationMode.POSITIVE, "broken": GenerationMode.NEGATIVE}
    return [
        pytest.param(operation, mode, id=f"{operation.label} {name}")
        for operation in OPERATIONS
        for name, mode in modes.items()
        if mode == GenerationMode.POSITIVE or operation.body or list(operation.iter_parameters())
    ]


@pytest.mark.parametrize(("operation", "mode"), _asked())
def test_every_answer_is_one_that_the_schema_promises(
    desk: None, request: pytest.FixtureRequest, operation: APIOperation, mode: GenerationMode
):
    clients = [request.getfixturevalue(role) for role in ROLES]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        for client in clients:
            response = client.generic(case.method.upper(), _address(case), _body(case), **_headers(case))
            # 503 is what the health of a desk without a worker is.
            assert response.status_code < 500 or response.status_code == 503, (case.method, case.formatted_path)

    try:
        ask()
    except Unsatisfiable:
        if mode == GenerationMode.POSITIVE:
            raise
        pytest.skip("every value is a sound one here")


def _address(case: Case) -> str:
    query = {} if case.query is NOT_SET else case.query or {}
    return f"{case.formatted_path}?{urlencode(query, doseq=True, errors='surrogatepass')}"


def _body(case: Case) -> bytes:
    if case.body is NOT_SET:
        return b""
    return case.body if isinstance(case.body, bytes) else json.dumps(case.body).encode()


def _headers(case: Case) -> dict[str, str]:
    made_up = {} if case.headers is NOT_SET else case.headers or {}
    plain = {
        name: value
        for name, value in made_up.items()
        if name.lower() not in {"authorization", "content-type", "cookie"}
    }
    sent = {f"HTTP_{name.upper().replace('-', '_')}": str(value) for name, value in plain.items()}
    return {"content_type": case.media_type or "application/json"} | sent
