"""Signatures as the Standard Webhooks specification has them (standardwebhooks.com, version 1): any of its libraries verifies them."""

import base64
import hashlib
import hmac

from django.utils.crypto import salted_hmac

from annotator.models import Webhook

PREFIX = "whsec_"
SALT = "annotator.webhook"


def secret_of(hook: Webhook) -> str:
    """What the receiver verifies with. Derived from SECRET_KEY and the number of the secret: the database and its backups hold none."""
    key = salted_hmac(SALT, f"{hook.pk}:{hook.secret_number}", algorithm="sha256").digest()
    return PREFIX + base64.b64encode(key).decode()


def signed_headers(secret: str, *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """timestamp: seconds since 1970. The three headers of a message."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature}
