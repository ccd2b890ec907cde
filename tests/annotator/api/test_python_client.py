"""The Python client against a real desk over HTTP, and against one that does not behave."""

import json
import os
import re
import runpy
import subprocess
import sys
import time
from dataclasses import fields
from uuid import uuid4

import pytest
from lineup_desk_client import (
    Batch,
    BatchCounts,
    Candidate,
    Desk,
    DeskError,
    DeskUnreachable,
    ForgedMessage,
    Lineup,
    Match,
    ModelVersion,
    Prediction,
    Result,
    Span,
    verified_message,
)

from annotator.domain.annotations import settle_title
from annotator.domain.webhooks.signing import signed_headers
from annotator.models import ApiToken, Title
from annotator.settings.env import BASE_DIR
from tests.factories import SPANS, make_annotation, make_artist, make_title
from tests.faults.desk import free_port
from tests.receivers import running_receiver

CLIENT = BASE_DIR / "clients" / "python"
SCHEMAS = {
    Prediction: "Prediction",
    Span: "SlicedSpan",
    Lineup: "Lineup",
    Batch: "Batch",
    BatchCounts: "BatchCounts",
    Result: "BatchResult",
    Match: "Match",
    Candidate: "Candidate",
    ModelVersion: "ModelVersion",
}
TEXT = "Ana Torres live in Lisbon"


@pytest.fixture
def secret(service_account) -> str:
    return ApiToken.objects.create(service_account, expiry=None, name="shop")[1]


@pytest.fixture
def desk(live_server, transactional_db, tagger, secret):
    with Desk(live_server.url, secret, retries=2) as desk:
        yield desk


@pytest.mark.parametrize("model", SCHEMAS)
def test_every_class_has_the_fields_of_the_schema(model, published):
    properties = published.document["components"]["schemas"][SCHEMAS[model]]["properties"]
    own = {field.name for field in fields(model)}
    assert own <= set(properties)
    assert set(properties) - own == ({"origin", "created_at", "activated_at"} if model is ModelVersion else set())


def test_one_title_and_many(desk):
    make_annotation(make_title(TEXT), spans=SPANS)
    settled, read = desk.predict_many([TEXT, "Zoë Nord @ Gent"], chunk=1)
    assert (settled.source, settled.confidence, settled.model_version) == ("annotation", 1.0, None)
    assert read.spans == desk.predict("Zoë Nord @ Gent").spans
    assert all(span.text == read.text[span.start : span.end] for span in read.spans)
    assert list(desk.predict_many([])) == []


def test_a_batch_is_one_however_often_it_is_sent(desk):
    titles = [(f"{TEXT} {number}", f"show-{number}") for number in range(5)]
    batch = desk.send_batch(titles, name="Tuesday", key="feed-1")
    assert desk.send_batch(titles, name="Tuesday", key="feed-1").id == batch.id
    assert (batch.name, batch.counts.total) == ("Tuesday", 5)
    with pytest.raises(DeskError) as error:
        desk.send_batch(titles[:1], key="feed-1")
    assert (error.value.status, error.value.code) == (422, "idempotency_key_reused")


def test_results_come_page_by_page(desk):
    batch = desk.send_batch([(f"{TEXT} {number}", f"show-{number}") for number in range(5)])
    title = Title.objects.get(text=f"{TEXT} 0")
    settle_title(title, spans=SPANS, source="reviewed")
    results = list(desk.results(batch.id, page_size=2))
    assert [(result.row, result.id) for result in results] == [(number + 1, f"show-{number}") for number in range(5)]
    assert results[0].state == "settled"
    assert results[0].prediction.lineup.artists == ["Ana Torres"]


def test_waiting_ends(desk):
    batch = desk.send_batch([TEXT])
    Title.objects.update(state="new")
    with pytest.raises(TimeoutError, match="still tagging"):
        desk.wait_for(batch.id, seconds=0.05, every=0.02)
    Title.objects.update(state="waiting")
    assert desk.wait_for(batch.id, seconds=1).state == "done"


def test_names_and_models(desk):
    make_artist("Ana Torres", country="PT")
    known, unknown = desk.match_artists(["ANA TORRES", "Nobody"])
    assert [(found.name, found.country, found.score) for found in known.candidates] == [("Ana Torres", "PT", 1.0)]
    assert unknown.candidates == []
    assert [model.state for model in desk.models()] == ["active"]


def test_what_the_desk_refuses_is_told_with_its_items(desk, live_server):
    with pytest.raises(DeskError) as error:
        list(desk.predict_many(["fine", ""]))
    refused = error.value
    assert (refused.status, refused.code, refused.field) == (400, "invalid_items", "titles")
    assert [(item.index, item.code) for item in refused.items] == [(1, "empty")]
    assert refused.request_id
    with pytest.raises(DeskError) as error:
        desk.batch(str(uuid4()))
    assert (error.value.status, error.value.code) == (404, "not_found")
    with Desk(live_server.url, "lud_wrong") as stranger, pytest.raises(DeskError) as error:
        stranger.predict(TEXT)
    assert error.value.code == "authentication_failed"


def test_a_busy_desk_is_asked_again_with_the_same_key():
    with running_receiver() as receiver:
        receiver.answers = [(503, {"Retry-After": "0"}), (429, {"Retry-After": "0"})]
        with Desk(receiver.url.partition("/hook")[0], "lud_x", retries=2) as desk, pytest.raises(DeskError) as error:
            desk.send_batch([TEXT])
    assert (error.value.status, error.value.code) == (204, "not_from_the_desk")
    assert len(receiver.arrived) == 3
    keys = {headers["idempotency-key"] for _, headers, _ in receiver.arrived}
    assert len(keys) == 1
    assert json.loads(receiver.arrived[0][2]) == {"titles": [TEXT], "name": ""}


def test_a_desk_that_stays_busy_is_told_in_the_end():
    with running_receiver() as receiver:
        receiver.answers = [(503, {"Retry-After": "0"})] * 2
        with Desk(receiver.url.partition("/hook")[0], "lud_x", retries=1) as desk, pytest.raises(DeskError) as error:
            desk.predict(TEXT)
    assert error.value.status == 503


def test_the_token_goes_nowhere_else():
    with running_receiver() as elsewhere, running_receiver() as receiver:
        receiver.answers = [(307, {"Location": elsewhere.url})]
        with Desk(receiver.url.partition("/hook")[0], "lud_x", retries=0) as desk, pytest.raises(DeskUnreachable):
            desk.predict(TEXT)
    assert elsewhere.arrived == []


def test_nobody_answers():
    with Desk(f"http://127.0.0.1:{free_port()}", "lud_x", retries=0) as desk, pytest.raises(DeskUnreachable):
        desk.predict(TEXT)


def test_a_message_of_the_desk_and_forged_ones():
    secret, body = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        json.dumps({"type": "ping", "timestamp": "2026-11-27T20:00:00+00:00", "data": {}}).encode(),
    )
    headers = signed_headers(secret, message_id="m1", timestamp=int(time.time()), body=body)
    message = verified_message(secret, {name.title(): value for name, value in headers.items()}, body)
    assert (message.id, message.type, message.data) == ("m1", "ping", {})
    old = signed_headers(secret, message_id="m1", timestamp=int(time.time()) - 400, body=body)
    for forged, sent in [
        (headers, body + b" "),
        (headers | {"webhook-signature": "v1,AAAA é"}, body),
        (headers | {"webhook-timestamp": "soon"}, body),
        ({}, body),
        (old, body),
    ]:
        with pytest.raises(ForgedMessage):
            verified_message(secret, forged, sent)


def test_the_example_that_moves_a_service_runs(desk, live_server, secret):
    environment = os.environ | {"DESK": live_server.url, "TOKEN": secret, "PYTHONPATH": str(CLIENT)}
    command = [sys.executable, str(CLIENT / "examples" / "move_to_v1.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("the same as before: True\n")


def test_the_first_lines_of_its_page_run(desk, live_server, secret, monkeypatch, tmp_path, capsys):
    example = re.findall(r"^```python\n(.*?)^```", (CLIENT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "example.py").write_text(example)
    monkeypatch.setenv("DESK", live_server.url)
    monkeypatch.setenv("TOKEN", secret)
    runpy.run_path(str(tmp_path / "example.py"))
    assert "show-4711" in capsys.readouterr().out
