"""docs/webhooks.md: its receiver accepts what the desk sends and nothing else."""

import re
import time

import pytest

from annotator.domain.webhooks import sending
from annotator.domain.webhooks.registry import send_trial
from annotator.enums import WebhookEvent
from annotator.settings.env import BASE_DIR

GUIDE = (BASE_DIR / "docs" / "webhooks.md").read_text(encoding="utf8")


@pytest.fixture
def is_from_the_desk():
    names: dict = {}
    for example in re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
        exec(compile(example, "docs/webhooks.md", "exec"), names)  # noqa: S102  our own documentation
    return names["is_from_the_desk"]


@pytest.mark.django_db
def test_the_receiver_of_the_guide(told, receiver, is_from_the_desk, monkeypatch):
    hook, secret = told
    send_trial(hook, actor=hook.created_by)
    sending.send_due(hook.pk)
    _, headers, body = receiver.arrived[0]
    assert is_from_the_desk(secret, headers, body)
    assert not is_from_the_desk(secret, headers, body + b" ")
    assert not is_from_the_desk(secret, headers | {"webhook-id": "other"}, body)
    assert not is_from_the_desk("whsec_" + "A" * 44, headers, body)
    monkeypatch.setattr(time, "time", lambda: int(headers["webhook-timestamp"]) + 301)
    assert not is_from_the_desk(secret, headers, body)


def test_the_guide_tells_of_every_event_and_every_retry():
    assert [event for event in WebhookEvent.values if f"| `{event}` |" not in GUIDE] == []
    assert sending.RETRIES == (10, 60, 300, 1800, 7200, 18_000, 36_000, 36_000)
    assert "10 s, 1 min, 5 min, 30 min, 2 h, 5 h and" in GUIDE
