"""Messages that the desk sends to a service (docs/webhooks.md), signed as standardwebhooks.com says."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_SECONDS_OFF = 300


class ForgedMessage(Exception):
    """The desk did not send this, or not lately."""


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the same when a message comes again. `type`: title.settled, batch.done, model.promoted, desk.alert or ping."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


def verified_message(secret: str, headers: Mapping[str, str], body: bytes) -> Message:
    """What the desk says. secret: the `whsec_…` that its page showed. Raises ForgedMessage."""
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, moment = given["webhook-id"], int(given["webhook-timestamp"][:15])
        signatures = given["webhook-signature"].split()
    except (KeyError, ValueError):
        raise ForgedMessage("A header is missing.") from None
    if abs(time.time() - moment) > MOST_SECONDS_OFF:
        raise ForgedMessage("The message is too old, or a clock is wrong.")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{moment}.".encode() + body, hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest).decode()}"
    if not any(hmac.compare_digest(one.encode(), expected.encode()) for one in signatures):
        raise ForgedMessage("The signature is wrong.")
    told = json.loads(body)
    return Message(message_id, told["type"], datetime.fromisoformat(told["timestamp"]), told["data"])
