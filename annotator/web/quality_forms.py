"""Forms of the quality page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotator.domain.band_limits import NOTE_MAX_CHARS, Limits
from annotator.enums import Label

PERIODS = (7, 30, 90)
DEFAULT_DAYS = 30
STEP = "0.01"


class PeriodForm(forms.Form):
    """Which days count. Anything else than a period on offer is the default."""

    days = forms.TypedChoiceField(choices=[(days, days) for days in PERIODS], coerce=int, required=False)

    def chosen(self) -> int:
        self.is_valid()
        return self.cleaned_data.get("days") or DEFAULT_DAYS


class ShareField(forms.FloatField):
    """A number from 0 to 1."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(min_value=0, max_value=1, step_size=None, **kwargs)
        self.widget.attrs.update({"step": STEP, "inputmode": "decimal"})


class BandLimitsForm(forms.Form):
    """New limits. `number` says which limits the lead saw when filling it in."""

    high = ShareField(label=_("High band from"), help_text=_("Settled without a person."))
    middle = ShareField(label=_("Middle band from"), help_text=_("One reviewer; below it, two."))
    number = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for label in Label:
            self.fields[_field(label)] = ShareField(label=label.label, required=False)
        self.fields["note"] = forms.CharField(label=_("Why (optional)"), required=False, max_length=NOTE_MAX_CHARS)

    @classmethod
    def showing(cls, limits: Limits) -> "BandLimitsForm":
        per_label = {_field(label): value for label, value in limits.per_label.items()}
        return cls(initial={"high": limits.high, "middle": limits.middle, "number": limits.number, **per_label})

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("middle", 0) > cleaned.get("high", 1):
            self.add_error("middle", _("The middle band cannot begin above the high band."))
        return cleaned

    @property
    def limits(self) -> Limits:
        given = {label.value: self.cleaned_data[_field(label)] for label in Label}
        per_label = {label: value for label, value in given.items() if value is not None}
        return Limits(self.cleaned_data["high"], self.cleaned_data["middle"], per_label, self.cleaned_data["number"])

    def label_fields(self) -> list[forms.BoundField]:
        return [self[_field(label)] for label in Label]


def _field(label: str) -> str:
    return f"label_{label}"
