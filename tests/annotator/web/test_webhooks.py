"""The pages of webhooks."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from annotator.domain.webhooks.registry import add_webhook
from annotator.domain.webhooks.signing import secret_of
from annotator.models import Delivery, User, Webhook
from tests.annotator.web.pages import count_queries, words
from tests.factories import make_annotation
from tests.receivers import running_receiver

FIELDS = {"name": "<b>shop</b>", "url": "https://shop.example/hook?a=1&b=2", "events": ["title.settled", "batch.done"]}


@pytest.fixture
def hook(lead: User) -> Webhook:
    return add_webhook(actor=lead, **FIELDS)[0]


def test_a_lead_adds_one_and_sees_its_secret_once(lead_client: Client):
    answer = lead_client.post(reverse("add_webhook"), FIELDS, follow=True)
    hook = Webhook.objects.get()
    assert secret_of(hook) in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert "&lt;b&gt;shop&lt;/b&gt;" in answer.text
    assert secret_of(hook) not in lead_client.get(reverse("webhook", args=[hook.pk])).text
    assert "<b>shop</b> https://shop.example/hook?a=1&b=2" in words(lead_client.get(reverse("webhooks")))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"url": "nowhere"}, "An address looks like https://shop.example/lineups."),
        ({"url": "http://shop.example/"}, "Only https: is allowed here (see WEBHOOK_PRIVATE_ADDRESSES)."),
        ({"events": []}, "Choose at least one."),
    ],
)
def test_what_cannot_be_is_told_at_its_field(lead_client: Client, settings: Settings, changed: dict, told: str):
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    answer = lead_client.post(reverse("add_webhook"), FIELDS | changed)
    assert answer.status_code == 422
    assert told in words(answer)
    assert not Webhook.objects.exists()


def test_changing_and_switching_off(lead_client: Client, hook: Webhook):
    page = reverse("change_webhook", args=[hook.pk])
    assert lead_client.post(page, FIELDS | {"name": "shop", "events": ["batch.done"]}).status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hook.active, hook.title_settled) == ("shop", False, False)
    assert "switched off" in words(lead_client.get(reverse("webhook", args=[hook.pk])))
    assert lead_client.post(page, FIELDS | {"url": "nowhere"}).status_code == 422


def test_removing_twice_is_once(lead_client: Client, hook: Webhook):
    page = reverse("remove_webhook", args=[hook.pk])
    assert [lead_client.post(page).status_code for _ in range(2)] == [302, 302]
    assert not Webhook.objects.exists()


def test_a_new_secret(lead_client: Client, hook: Webhook):
    before = secret_of(hook)
    answer = lead_client.post(reverse("renew_webhook_secret", args=[hook.pk]), follow=True)
    hook.refresh_from_db()
    assert secret_of(hook) in answer.text
    assert before not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_trial_arrives_at_once_and_a_message_is_sent_again(lead_client: Client, hook: Webhook, settings: Settings):
    settings.WEBHOOK_PRIVATE_ADDRESSES = True
    with running_receiver() as receiver:
        Webhook.objects.update(url=receiver.url)
        receiver.answers = [(500, {})]
        lead_client.post(reverse("try_webhook", args=[hook.pk]))
        page = words(lead_client.get(reverse("webhook", args=[hook.pk])))
        assert "a trial" in page
        assert "failed 1 time" in page
        delivery = Delivery.objects.get()
        for sent in ({"delivery": str(delivery.pk)}, {}):
            assert lead_client.post(reverse("send_webhook_again", args=[hook.pk]), sent).status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, len(receiver.ids()), len(set(receiver.ids()))) == ("delivered", 2, 1)


@pytest.mark.parametrize("named", ["nonsense", "6f1c0a3e-8f7b-4d7e-9d59-0b8f3a3b1c11"])
def test_a_message_that_is_none_of_its_own(lead_client: Client, hook: Webhook, named: str):
    answer = lead_client.post(reverse("send_webhook_again", args=[hook.pk]), {"delivery": named})
    assert answer.status_code == 404


def test_the_queries_do_not_grow_with_the_messages(lead_client: Client, hook: Webhook):
    pages = [reverse("webhooks"), reverse("webhook", args=[hook.pk])]
    make_annotation()
    before = [count_queries(lead_client, page) for page in pages]
    for _ in range(3):
        make_annotation()
    assert [count_queries(lead_client, page) for page in pages] == before


def test_the_list_can_be_narrowed(lead_client: Client, hook: Webhook):
    make_annotation()
    page = reverse("webhook", args=[hook.pk])
    assert "titles were settled" in words(lead_client.get(page, {"state": "waiting"})).partition("Happened")[2]
    assert "No such message." in words(lead_client.get(page, {"state": "failed"}))
    assert "No such message." not in words(lead_client.get(page, {"state": "nonsense"}))
