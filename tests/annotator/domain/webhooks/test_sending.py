"""Messages arrive, signed, at least once; a receiver that is away, slow or unwilling loses none and holds nothing up."""

import contextlib
import socket
import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Verifier

from annotator.domain.ingest import close_batch
from annotator.domain.webhooks import sending, transport
from annotator.domain.webhooks.events import note_ended_batches, note_promotion, note_settled
from annotator.domain.webhooks.registry import remove_webhook, renew_secret, send_again, send_trial
from annotator.enums import DeliveryState
from annotator.models import Delivery, Webhook
from tests.factories import make_annotation, make_batch, make_model_version, make_occurrence, make_title, spans_of
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


def rewind() -> None:
    """As if the time to wait were over."""
    past = timezone.now() - timedelta(seconds=1)
    Webhook.objects.exclude(rest_until=None).update(rest_until=past)
    Delivery.objects.filter(state=DeliveryState.WAITING).update(next_at=past)


def test_a_settled_title_arrives_with_what_it_holds(told, receiver):
    hook, secret = told
    text = "=Ana Ōtis live in Łódź"
    annotation = make_annotation(make_title(text), spans=spans_of(text, ("Ana Ōtis", "PER"), ("Łódź", "LOC")))
    occurrence = make_occurrence(annotation.title, external_id="event-7")
    assert sending.find_due() == [hook.pk]
    assert sending.send_due(hook.pk) == 1

    message = receiver.messages(secret)[0]
    assert message["type"] == "title.settled"
    title = message["data"]["titles"][0]
    assert title | {"settled_at": ""} == {
        "id": annotation.title_id,
        "title": text,
        "source": "reviewed",
        "spans": [
            {"start": 1, "end": 9, "label": "PER", "text": "Ana Ōtis"},
            {"start": 18, "end": 22, "label": "LOC", "text": "Łódź"},
        ],
        "lineup": title["lineup"],
        "settled_at": "",
        "ids": [{"batch": str(occurrence.batch_id), "id": "event-7"}],
    }
    assert (title["lineup"]["artists"], title["lineup"]["location"]) == (["Ana Ōtis"], ["Łódź"])
    path, headers, _ = receiver.arrived[0]
    assert (path, headers["content-type"]) == ("/hook?from=desk", "application/json; charset=utf-8")
    assert headers["host"].startswith("localhost:")
    assert Delivery.objects.values_list("state", "attempts", "status").get() == ("delivered", 1, 204)


def test_a_batch_and_a_model_arrive(told, receiver):
    hook, secret = told
    batch = make_batch(name="spring")
    make_occurrence(make_annotation().title, batch)
    Delivery.objects.all().delete()
    close_batch(batch)
    note_ended_batches()
    note_promotion(make_model_version("new@2", state="retired"), None, rolled_back=False)
    sending.send_due(hook.pk)
    done, promoted = (message["data"] for message in receiver.messages(secret))
    assert (done["id"], done["name"], done["state"]) == (str(batch.pk), "spring", "done")
    assert done["counts"]["total"] == 1
    assert (promoted["version"], promoted["former"], promoted["rolled_back"]) == ("new@2", None, False)


def test_what_is_settled_no_more_is_left_out(told, receiver):
    hook, secret = told
    note_settled([make_title().pk])
    sending.send_due(hook.pk)
    assert receiver.messages(secret)[0]["data"] == {"titles": []}


def test_a_receiver_that_is_down_rests_and_gets_everything_in_the_end(told, receiver):
    hook, secret = told
    receiver.answers = [(503, {}), (500, {})]
    titles = [make_annotation().title_id for _ in range(3)]
    assert sending.send_due(hook.pk) == 0
    assert len(receiver.arrived) == 1, "one failure is enough to stop"
    assert (sending.find_due(), sending.send_due(hook.pk)) == ([], 0)
    for _attempt in range(2):
        rewind()
        sending.send_due(hook.pk)
    told_of = [message["data"]["titles"][0]["id"] for message in receiver.messages(secret)]
    assert sorted(told_of[2:]) == titles
    assert receiver.ids()[0] in receiver.ids()[2:], "the same message has the same id"
    hook.refresh_from_db()
    assert (hook.failures, hook.rest_until) == (0, None)


def test_a_receiver_says_how_long_to_wait(told, receiver):
    hook, _ = told
    receiver.answers = [(429, {"Retry-After": "900"})]
    send_trial(hook, actor=hook.created_by)
    sending.send_due(hook.pk)
    hook.refresh_from_db()
    assert timedelta(seconds=890) < hook.rest_until - timezone.now() <= timedelta(seconds=900)


def test_one_message_that_is_refused_does_not_hold_up_the_others(told, receiver):
    hook, _ = told
    receiver.answers = [(400, {})]
    make_annotation(), make_annotation()
    assert sending.send_due(hook.pk) == 1
    assert sorted(Delivery.objects.values_list("state", "status")) == [("delivered", 204), ("waiting", 400)]


def test_it_gives_up_and_a_lead_sends_again(told, receiver):
    hook, _ = told
    receiver.answers = [(500, {})] * (len(sending.RETRIES) + 1)
    send_trial(hook, actor=hook.created_by)
    for _attempt in range(len(sending.RETRIES) + 1):
        rewind()
        sending.send_due(hook.pk)
    assert Delivery.objects.values_list("state", "attempts").get() == ("failed", 9)
    rewind()
    assert (sending.find_due(), sending.send_due(hook.pk)) == ([], 0)
    assert (send_again(hook, actor=hook.created_by), send_again(hook, actor=hook.created_by)) == (1, 0)
    assert sending.send_due(hook.pk) == 1
    assert len(set(receiver.ids())) == 1


def test_gone_is_the_end(told, receiver):
    hook, _ = told
    receiver.answers = [(410, {})]
    send_trial(hook, actor=hook.created_by)
    sending.send_due(hook.pk)
    rewind()
    hook.refresh_from_db()
    assert (hook.active, sending.find_due()) == (False, [])


def test_a_redirect_is_not_followed(told, receiver):
    hook, _ = told
    receiver.answers = [(302, {"Location": receiver.url.replace("/hook", "/elsewhere")})]
    send_trial(hook, actor=hook.created_by)
    sending.send_due(hook.pk)
    assert [path for path, *_ in receiver.arrived] == ["/hook?from=desk"]
    assert Delivery.objects.get().status == 302


def test_nobody_listens(told):
    hook, _ = told
    Webhook.objects.update(url="http://127.0.0.1:1/")
    send_trial(hook, actor=hook.created_by)
    assert sending.send_due(hook.pk) == 0
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.state) == (None, "waiting")
    assert "refused" in delivery.error


def test_a_worker_that_dies_after_sending_sends_the_same_message_again(told, receiver, monkeypatch):
    hook, _ = told
    send_trial(hook, actor=hook.created_by)

    def die(*_args):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_record", die)
        with pytest.raises(SystemExit):
            sending.send_due(hook.pk)
    assert Delivery.objects.get().attempts == 1, "counted before it is made"
    rewind()
    assert sending.send_due(hook.pk) == 1
    assert receiver.ids()[0] == receiver.ids()[1]


def test_a_claim_runs_out(told):
    hook, _ = told
    send_trial(hook, actor=hook.created_by)
    now = timezone.now()
    Webhook.objects.update(busy_until=now + timedelta(seconds=5))
    assert (sending.find_due(), sending.send_due(hook.pk)) == ([], 0)
    Webhook.objects.update(busy_until=now - timedelta(seconds=1))
    assert sending.send_due(hook.pk) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_message_once(told, receiver):
    hook, _ = told
    for _ in range(5):
        make_annotation()
    run_at_once(lambda: sending.send_due(hook.pk), lambda: sending.send_due(hook.pk))
    sending.send_due(hook.pk)
    assert len(receiver.ids()) == len(set(receiver.ids())) == 5


def test_a_new_secret_holds_at_once(told, receiver):
    hook, _ = told
    secret = renew_secret(hook, actor=hook.created_by)
    send_trial(hook, actor=hook.created_by)
    sending.send_due(hook.pk)
    assert receiver.messages(secret)[0]["type"] == "ping"


def test_old_messages_go_and_those_that_wait_stay(told, settings):
    hook, _ = told
    for state in DeliveryState.values:
        Delivery.objects.create(webhook=hook, event="ping", state=state, next_at=timezone.now())
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=settings.WEBHOOK_KEEP_DAYS, seconds=1))
    assert (sending.forget_old(), Delivery.objects.get().state) == (2, "waiting")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.8", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1]", "0.0.0.0", "224.0.0.1"],
)
def test_a_public_desk_asks_nothing_of_the_private_network(host, settings):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    outcome = transport.post(f"https://{host}/", body=b"{}", headers={})
    assert (outcome.status, outcome.error) == (
        None,
        f"{host.strip('[]')} is not on the public internet (see WEBHOOK_PRIVATE_ADDRESSES).",
    )


def test_a_name_that_is_public_when_checked_is_asked_at_that_address(settings, monkeypatch):
    """A name server that answers differently the second time gains nothing: there is no second time."""
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    answers = iter([("93.184.215.14", 443), ("127.0.0.1", 443)])
    monkeypatch.setattr(transport.socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", next(answers))])
    asked = []
    monkeypatch.setattr(
        transport, "_request", lambda target, address, *_: asked.append((target.host, address)) or (204, None)
    )
    assert transport.post("https://shop.example/", body=b"{}", headers={}).delivered
    assert asked == [("shop.example", "93.184.215.14")]


def serve(answer, seconds: float = 0.0) -> str:
    """The address of a server that answers one request with these pieces, so far apart."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        connection, _ = server.accept()
        with connection, server, contextlib.suppress(OSError):
            connection.recv(65_536)
            for piece in answer:
                connection.sendall(piece)
                time.sleep(seconds)

    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_an_answer_drop_by_drop_is_cut_off(monkeypatch):
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.2)
    begun = time.monotonic()
    outcome = transport.post(serve([b"HTTP/1.1 200 OK\r\nX-A: ", *[b"a"] * 100], 0.1), body=b"{}", headers={})
    assert outcome.status is None
    assert time.monotonic() - begun < 5


def test_nothing_that_a_receiver_says_is_kept():
    outcome = transport.post(serve([b"-ERR banner of an inner service\r\n"]), body=b"{}", headers={})
    assert (outcome.status, "banner" in outcome.error) == (None, False)


@pytest.mark.parametrize("value", ["9" * 5000, "-1", "soon", "²"])
def test_a_retry_after_that_makes_no_sense(told, receiver, value):
    hook, _ = told
    receiver.answers = [(503, {"Retry-After": value})]
    send_trial(hook, actor=hook.created_by)
    sending.send_due(hook.pk)
    assert Delivery.objects.values_list("attempts", "status").get() == (1, 503)


def test_a_new_secret_holds_within_a_run_and_the_end_too(told, receiver, monkeypatch):
    hook, _ = told
    for _ in range(3):
        make_annotation()
    secrets = []

    def renew_and_end(*args, **kwargs):
        secrets.append(renew_secret(hook, actor=hook.created_by))
        if len(secrets) == 2:
            Webhook.objects.update(active=False)
        return post(*args, **kwargs)

    post = transport.post
    monkeypatch.setattr(transport, "post", renew_and_end)
    assert sending.send_due(hook.pk) == 2
    Verifier(secrets[0]).verify(receiver.arrived[1][2], receiver.arrived[1][1])


def test_a_claim_of_a_host_whose_clock_is_a_little_ahead_holds(told, monkeypatch):
    hook, _ = told
    send_trial(hook, actor=hook.created_by)
    Webhook.objects.update(busy_until=timezone.now() + timedelta(seconds=sending.CLAIM_SECONDS + 5))
    assert sending.send_due(hook.pk) == 0


def test_only_the_own_claim_is_given_back(told, monkeypatch):
    hook, _ = told
    other = timezone.now() + timedelta(seconds=40)
    monkeypatch.setattr(sending, "_send_all", lambda *_a, **_k: Webhook.objects.update(busy_until=other))
    sending.send_due(hook.pk)
    hook.refresh_from_db()
    assert hook.busy_until == other


@pytest.mark.django_db(transaction=True)
def test_removing_a_webhook_makes_no_verdict_fail_that_was_just_noted_for_it(told, lead):
    hook, _ = told
    with transaction.atomic():
        note_settled([1])
        if connection.vendor == "postgresql":  # SQLite has one writer at a time
            run_at_once(lambda: remove_webhook(hook, actor=lead))
    remove_webhook(hook, actor=lead)
    note_settled([2])
    sending.forget_old()
    assert (Webhook.objects.count(), Delivery.objects.count()) == (0, 0)


def test_an_id_that_is_gone_does_nothing():
    assert sending.send_due(uuid4()) == 0
