"""Alerts in a sentence."""

from django.utils.translation import gettext as _

from annotator.enums import AlertCode
from annotator.models import Alert


def alert_words(alert: Alert) -> str:
    """What is the matter, in the language of the moment."""
    return _WORDS[AlertCode(alert.code)](alert)


def _hours(alert: Alert) -> str:
    told = _("The title that waits longest has waited %(hours).0f hours; the limit is %(limit).0f.")
    return told % {"hours": alert.value, "limit": alert.limit}


def _error(alert: Alert) -> str:
    told = _("At least %(share).1f %% of what is settled automatically is wrong; the limit is %(limit).1f %%.")
    return told % {"share": alert.value * 100, "limit": alert.limit * 100}


def _minutes(alert: Alert) -> str:
    told = _("The oldest title that no model has read arrived %(minutes).0f minutes ago; the limit is %(limit).0f.")
    return told % {"minutes": alert.value, "limit": alert.limit}


def _failures(alert: Alert) -> str:
    return _("A webhook could not be told %(count)d times in a row.") % {"count": alert.value}


_WORDS = {
    AlertCode.QUEUE_AGE: _hours,
    AlertCode.AUDIT_ERROR: _error,
    AlertCode.TAGGING_LATE: _minutes,
    AlertCode.WEBHOOK_FAILING: _failures,
}
