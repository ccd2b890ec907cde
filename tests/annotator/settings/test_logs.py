"""What goes to the log and to Sentry, and what does not."""

import json
import logging
import logging.config
import uuid

import pytest
import sentry_sdk
from django.conf import settings as desk
from django.test import Client
from django_guid import clear_guid, set_guid
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from annotator import tasks
from annotator.settings.error_reports import report_errors_to
from annotator.settings.quiet_logs import HOUSEKEEPING, SCHEDULED, NoHousekeeping


def fail(*_args: object, **_named: object) -> None:
    """Far from the test: a report shows the lines of code around, and no values."""
    name = "Ana_Torres".replace("_", " ")
    raise RuntimeError(f"a bug {len(name)}")


@pytest.fixture
def as_json(capsys: pytest.CaptureFixture[str]):
    """Logs one thing as LOG_FORMAT=json does and returns what the line holds."""

    def log(message: str, **options: object) -> dict:
        formatter = logging.config.DictConfigurator(desk.LOGGING).configure_formatter(
            dict(desk.LOGGING["formatters"]["json"])
        )
        handler = logging.StreamHandler()
        handler.setFormatter(formatter)
        handler.addFilter(
            logging.config.DictConfigurator(desk.LOGGING).configure_filter(dict(desk.LOGGING["filters"]["request"]))
        )
        logger = logging.getLogger("lineup.tried")
        logger.addHandler(handler)
        try:
            logger.warning(message, **options)
        finally:
            logger.removeHandler(handler)
        lines = capsys.readouterr().err.splitlines()
        return json.loads(next(line for line in lines if line.startswith("{")))

    return log


def test_a_line_of_json_holds_the_request(as_json):
    set_guid("0" * 32)
    try:
        line = as_json("two\nlines\x1b[31m")
    finally:
        clear_guid()
    assert {"time", "level", "logger", "message", "request_id", "process"} <= set(line)
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "lineup.tried", "two\nlines\x1b[31m")
    assert line["request_id"] == "0" * 32


def test_an_answer_carries_the_id_of_its_request(client: Client, db: None):
    given = uuid.uuid4().hex
    assert client.get("/api/v1/health/live", headers={"X-Request-ID": given})["X-Request-ID"] == given
    made = client.get("/api/v1/health/live", headers={"X-Request-ID": "a\x1b[31m forged"})["X-Request-ID"]
    assert uuid.UUID(made)
    assert client.get("/api/v1/health/live")["X-Request-ID"] != made


def test_a_task_is_sent_with_the_id_of_its_request(monkeypatch: pytest.MonkeyPatch):
    sent = []
    monkeypatch.setattr(tasks.tag_titles.app.amqp, "send_task_message", lambda *_args, **_named: sent.append(1))
    from celery.signals import before_task_publish

    headers: dict[str, str] = {}
    set_guid("1" * 32)
    try:
        before_task_publish.send(sender="lineup.tag.tag_titles", headers=headers, body=None)
    finally:
        clear_guid()
    assert headers["X-Request-ID"] == "1" * 32


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self, options: dict) -> None:
        super().__init__(options)
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)


@pytest.fixture
def sentry():
    report_errors_to("https://key@sentry.example/1", release="r1", transport=Kept)
    yield sentry_sdk.get_client().transport
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_a_bug_is_reported_without_titles_tokens_and_people(sentry: Kept, client: Client, db: None, monkeypatch):
    monkeypatch.setattr("annotator.web.views.session.SignIn.get", fail)
    client.raise_request_exception = False
    answer = client.get(
        "/sign-in/?data=Ana+Torres+in+Rome", headers={"Authorization": "Token lud_secret", "Cookie": "sessionid=x"}
    )
    assert answer.status_code == 500
    sentry_sdk.flush()
    told = " ".join(str(item.payload.json) for envelope in sentry.envelopes for item in envelope.items)
    assert "a bug" in told
    assert answer["X-Request-ID"] in told
    for secret in ("Ana Torres", "Ana+Torres", "lud_secret", "sessionid=x"):
        assert secret not in told


def test_without_an_address_nothing_is_reported():
    report_errors_to("")
    assert not sentry_sdk.get_client().is_active()


@pytest.mark.parametrize(
    ("logger", "level", "message", "kept"),
    [
        ("celery.app.trace", "INFO", "Task lineup.hook.tell[1] succeeded in 0.01s: None", False),
        ("celery.worker.strategy", "INFO", "Task lineup.tag.recover_lost_work[1] received", False),
        ("celery.beat", "INFO", "Scheduler: Sending due task tell-webhooks (lineup.hook.tell)", False),
        ("celery.app.trace", "ERROR", "Task lineup.hook.tell[1] raised unexpected: OSError()", True),
        ("celery.app.trace", "INFO", "Task lineup.tag.tag_titles[1] succeeded in 0.01s: None", True),
        ("celery.app.trace", "INFO", "Task lineup.hook.send[1] succeeded in 0.01s: None", True),
        ("annotator.tasks", "INFO", "lineup.hook.tell says something of its own", True),
    ],
)
def test_the_schedule_is_told_of_when_it_fails(logger: str, level: str, message: str, *, kept: bool):
    record = logging.LogRecord(logger, getattr(logging, level), "", 0, message, (), None)
    assert NoHousekeeping().filter(record) is kept


def test_every_task_that_runs_all_the_time_is_quiet():
    often = {
        entry["task"]: name
        for name, entry in desk.CELERY_BEAT_SCHEDULE.items()
        if entry["schedule"].run_every.total_seconds() < 3600
    }
    assert set(often) == set(HOUSEKEEPING)
    assert set(often.values()) == set(SCHEDULED)
