"""Who keeps webhooks, and what is refused."""

import pytest

from annotator.domain.webhooks import registry
from annotator.domain.webhooks.registry import add_webhook, change_webhook, events_of, remove_webhook, renew_secret
from annotator.domain.webhooks.signing import secret_of, signed_headers
from annotator.enums import AuditAction
from annotator.exceptions import InvalidWebhook, NotAllowed
from annotator.models import AuditEntry, Delivery, Webhook
from tests.factories import make_annotation

pytestmark = pytest.mark.django_db
URL = "https://shop.example/hook"


def change(hook, actor, **fields):
    now = {"name": hook.name, "url": hook.url, "events": events_of(hook), "active": hook.active}
    return change_webhook(hook, actor=actor, **now | fields)


@pytest.mark.parametrize(
    "act",
    [
        lambda _hook, actor: add_webhook(actor=actor, name="x", url=URL, events=["batch.done"]),
        lambda hook, actor: change(hook, actor, name="x"),
        lambda hook, actor: renew_secret(hook, actor=actor),
        lambda hook, actor: remove_webhook(hook, actor=actor),
        lambda hook, actor: registry.send_trial(hook, actor=actor),
        lambda hook, actor: registry.send_again(hook, actor=actor),
    ],
)
def test_reviewers_may_not(act, told, reviewer):
    with pytest.raises(NotAllowed):
        act(told[0], reviewer)
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"url": "ftp://shop.example/"}, "not_an_address", "url"),
        ({"url": "https:///x"}, "not_an_address", "url"),
        ({"url": "https://user:pass@shop.example/"}, "not_an_address", "url"),
        ({"url": "https://shop.example:port/"}, "not_an_address", "url"),
        ({"url": "https://shop.example/\r\nX: 1"}, "not_an_address", "url"),
        ({"url": "http://shop.example/"}, "address_not_allowed", "url"),
        ({"events": []}, "no_events", "events"),
        ({"events": ["ping"]}, "no_events", "events"),
    ],
)
def test_what_is_refused(fields, code, field, lead, settings):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    with pytest.raises(InvalidWebhook) as error:
        add_webhook(actor=lead, **{"name": "shop", "url": URL, "events": ["batch.done"]} | fields)
    assert (error.value.code, error.value.field) == (code, field)
    assert not Webhook.objects.exists()


def test_there_is_an_end_to_them(lead, settings):
    settings.WEBHOOKS_MOST = 1
    add_webhook(actor=lead, name="a", url=URL, events=["batch.done"])
    with pytest.raises(InvalidWebhook) as error:
        add_webhook(actor=lead, name="b", url=URL, events=["batch.done"])
    assert error.value.code == "too_many"


def test_every_step_is_told_in_the_log_without_the_secret(told, lead):
    hook, secret = told
    change(hook, lead, name="shop 2")
    change(hook, lead, name="shop 2")
    renew_secret(hook, actor=lead)
    remove_webhook(hook, actor=lead)
    remove_webhook(hook, actor=lead)
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.action for entry in entries] == [
        AuditAction.WEBHOOK_ADDED, AuditAction.WEBHOOK_CHANGED, AuditAction.WEBHOOK_CHANGED, AuditAction.WEBHOOK_REMOVED,
    ]  # fmt: skip
    assert [entry.details.get("changed") for entry in entries[1:3]] == [["name"], ["secret"]]
    assert secret not in str([entry.details for entry in entries])
    assert "/hook" not in str([entry.details for entry in entries]), "an address may hold a password"


def test_removing_takes_what_waits_with_it(told, lead):
    make_annotation()
    remove_webhook(told[0], actor=lead)
    assert not Delivery.objects.exists()


def test_the_database_holds_no_secret(told):
    hook, secret = told
    assert secret not in str(Webhook.objects.values().get())
    assert secret_of(hook) == secret


def test_a_signature_is_that_of_the_specification():
    """The example that the specification's own libraries are tested with."""
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
