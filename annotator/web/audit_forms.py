"""What the audit log is looked through for."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotator.enums import AuditAction
from annotator.web.forms import ANY
from annotator.web.title_forms import DayField


class AuditForm(forms.Form):
    """Each field by itself: what makes no sense counts as not given."""

    actor = forms.CharField(label=_("Person"), required=False, max_length=150)
    action = forms.ChoiceField(label=_("What"), required=False, choices=[ANY, *AuditAction.choices])
    first = DayField(_("From"))
    last = DayField(_("Until"))

    def criteria(self) -> dict[str, object]:
        self.is_valid()
        given = self.cleaned_data
        return {
            "actor": given.get("actor") or "",
            "action": given.get("action") or "",
            "since": _start_of(given["first"]) if given.get("first") else None,
            "until": _start_of(given["last"] + timedelta(days=1)) if given.get("last") else None,
        }


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
