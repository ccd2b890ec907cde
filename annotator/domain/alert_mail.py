"""Alerts by mail, to ALERT_MAIL."""

import logging
import smtplib
from itertools import takewhile

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import override

from annotator.domain.alert_words import alert_words
from annotator.models import Alert

logger = logging.getLogger(__name__)
BEGAN, ENDED = 1, 2


def mail_alerts() -> int:
    """Tells ALERT_MAIL what began and what ended and was not told yet; how many mails left.

    What cannot be sent now is sent at the next call. Two at once send each once: a mail is claimed before it leaves, and given back when
    it did not. One who is killed in between has lost that mail; the page and the webhooks tell it all the same.
    """
    if not settings.ALERT_MAIL:  # whoever is named one day is not told of all that was
        Alert.objects.filter(ended_at=None, mailed__lt=BEGAN).update(mailed=BEGAN)
        Alert.objects.filter(ended_at__isnull=False, mailed__lt=ENDED).update(mailed=ENDED)
        return 0
    untold = Alert.objects.filter(Q(mailed__lt=BEGAN) | Q(ended_at__isnull=False, mailed__lt=ENDED)).order_by("pk")
    return sum(1 for _sent in takewhile(bool, map(_mail, untold)))  # a server that is away is asked once


def _mail(alert: Alert) -> bool:
    """What began and ended while no mail could be sent is told as ended only."""
    stage = ENDED if alert.ended_at else BEGAN
    before = alert.mailed
    if not Alert.objects.filter(pk=alert.pk, mailed=before).update(mailed=stage):
        return False
    try:
        with override(settings.LANGUAGE_CODE):
            send_mail(_subject(alert), _body(alert), None, settings.ALERT_MAIL)
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("The mail about %s was not sent, it is tried again: %s", alert.code, error)
        Alert.objects.filter(pk=alert.pk).update(mailed=before)
        return False
    return True


def _subject(alert: Alert) -> str:
    what = _("over") if alert.ended_at else _("look after this")
    return f"Lineup Desk: {alert.get_code_display()} ({what})"


def _body(alert: Alert) -> str:
    if alert.ended_at is None:
        return f"{alert_words(alert)}\n\n{settings.DESK_URL}".strip()
    lasted = timesince(alert.began_at, alert.ended_at)
    return _("This is over; it lasted %(time)s. Last seen: %(what)s") % {"time": lasted, "what": alert_words(alert)}
