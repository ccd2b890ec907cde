"""Alerts: noted once, told once, and over when it is over."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from annotator.domain import alert_mail, alerts
from annotator.domain.alert_mail import mail_alerts
from annotator.domain.alerts import check_alerts, open_alerts
from annotator.domain.estimates import Share
from annotator.enums import AlertCode
from annotator.models import Alert, Delivery, QueueItem, Title, Webhook
from tests.factories import make_queue_item, make_title, make_webhook
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings):
    settings.ALERT_QUEUE_HOURS, settings.ALERT_AUDIT_ERROR, settings.ALERT_TAG_MINUTES = 72, 0.1, 120
    settings.ALERT_MAIL, settings.DESK_URL = ["lead@desk.example"], "https://desk.example"


@pytest.fixture
def old_item(db) -> QueueItem:
    item = make_queue_item()
    QueueItem.objects.update(entered_at=timezone.now() - timedelta(hours=80))
    return item


def codes() -> list[str]:
    return [alert.code for alert in check_alerts()]


def test_a_quiet_desk_raises_nothing():
    make_queue_item(), make_title(), make_webhook()
    assert codes() == []


def test_a_title_that_waits_too_long_is_noted_once_and_ends_with_its_verdict(old_item):
    assert codes() == codes() == [AlertCode.QUEUE_AGE]
    alert = Alert.objects.get()
    assert (round(alert.value), alert.limit) == (80, 72)
    QueueItem.objects.update(state="done")
    assert codes() == []
    assert Alert.objects.get().ended_at


def test_titles_that_nobody_reads():
    make_title()
    Title.objects.update(created_at=timezone.now() - timedelta(hours=3))
    assert codes() == [AlertCode.TAGGING_LATE]


@pytest.mark.parametrize(("low", "raised"), [(0.09, False), (0.11, True)])
def test_the_error_of_the_audit_counts_when_its_whole_interval_lies_above(low, raised, monkeypatch):
    monkeypatch.setattr(alerts, "auto_error", lambda _judged: Share(0.15, low, 0.3, 60))
    assert codes() == ([AlertCode.AUDIT_ERROR] if raised else [])


def test_a_webhook_that_fails_again_and_again():
    hook = make_webhook(failures=5)
    assert codes() == []
    Webhook.objects.update(failures=6)
    assert codes() == [AlertCode.WEBHOOK_FAILING]
    Webhook.objects.filter(pk=hook.pk).update(active=False)
    assert codes() == []


def test_no_limit_is_no_alert(old_item, settings):
    settings.ALERT_QUEUE_HOURS = settings.ALERT_TAG_MINUTES = settings.ALERT_AUDIT_ERROR = 0
    make_title()
    Title.objects.update(created_at=timezone.now() - timedelta(days=9))
    assert codes() == []


def test_webhooks_are_told_of_beginning_and_end(old_item):
    make_webhook(desk_alert=True, title_settled=False)
    check_alerts(), check_alerts()
    QueueItem.objects.update(state="done")
    check_alerts(), check_alerts()
    told = list(Delivery.objects.order_by("created_at").values_list("event", "subject__open"))
    assert told == [("desk.alert", True), ("desk.alert", False)]


def test_one_mail_at_the_beginning_and_one_at_the_end(old_item):
    check_alerts()
    assert (mail_alerts(), mail_alerts()) == (1, 0)
    QueueItem.objects.update(state="done")
    check_alerts()
    assert (mail_alerts(), mail_alerts()) == (1, 0)
    began, ended = mail.outbox
    assert began.subject == "Lineup Desk: titles wait too long (look after this)"
    assert began.body == ("The title that waits longest has waited 80 hours; the limit is 72.\n\nhttps://desk.example")
    assert ended.subject == "Lineup Desk: titles wait too long (over)"
    assert began.to == ["lead@desk.example"]


def test_what_began_and_ended_unseen_is_one_mail(old_item):
    check_alerts()
    QueueItem.objects.update(state="done")
    check_alerts()
    assert (mail_alerts(), mail_alerts()) == (1, 0)


def test_a_mail_server_that_is_away_gets_the_mail_later(old_item, monkeypatch):
    def refuse(*_args):
        raise smtplib.SMTPServerDisconnected

    check_alerts()
    with monkeypatch.context() as patch:
        patch.setattr(alert_mail, "send_mail", refuse)
        assert mail_alerts() == 0
    assert mail_alerts() == 1


def test_a_mail_server_that_is_away_is_asked_once_a_round(old_item, monkeypatch):
    asked = []

    def refuse(*_args):
        asked.append(1)
        raise TimeoutError

    for code in (AlertCode.AUDIT_ERROR, AlertCode.WEBHOOK_FAILING):
        Alert.objects.create(code=code, value=3, limit=2, began_at=timezone.now())
    monkeypatch.setattr(alert_mail, "send_mail", refuse)
    assert (mail_alerts(), len(asked)) == (0, 1)


def test_nobody_to_mail_to(old_item, settings):
    settings.ALERT_MAIL = []
    check_alerts()
    assert (mail_alerts(), mail.outbox) == (0, [])
    settings.ALERT_MAIL = ["new@desk.example"]
    assert mail_alerts() == 0, "what was before somebody was named is not told any more"


@pytest.mark.parametrize("code", AlertCode.values)
def test_every_alert_has_its_sentence(code, old_item):
    alert = Alert.objects.create(code=code, value=3, limit=2, began_at=timezone.now())
    assert mail_alerts() == 1
    assert "3" in mail.outbox[0].body
    assert alert in open_alerts()


@pytest.mark.django_db(transaction=True)
def test_two_that_look_at_once_note_it_and_mail_it_once(old_item):
    make_webhook(desk_alert=True, title_settled=False)
    run_at_once(check_alerts, check_alerts)
    assert (Alert.objects.count(), Delivery.objects.count()) == (1, 1)
    assert sum(run_at_once(mail_alerts, mail_alerts)) == len(mail.outbox) == 1
