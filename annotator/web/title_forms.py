"""Forms around titles: what the list looks for, and what leads do with many titles and with those that came back."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from annotator.domain.assignments import assignable_people
from annotator.enums import BulkKind
from annotator.models import ModelVersion, User
from annotator.web.forms import ANY, SendBackForm, TitleFilterForm

SENSIBLE_DAYS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
FOLDED = ("model_version", "reviewer", "assignee", "arrived_from", "arrived_to", "settled_from", "settled_to")


class DayField(forms.DateField):
    """A day, or nothing."""

    def __init__(self, label: object) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(
            label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"], validators=SENSIBLE_DAYS
        )


class TitleSearchForm(TitleFilterForm):
    """What the titles page looks for, with who and when."""

    reviewer = forms.ChoiceField(label=_("Verdict by"), required=False)
    assignee = forms.ChoiceField(label=_("Waits for"), required=False)
    arrived_from = DayField(_("Arrived from"))
    arrived_to = DayField(_("Arrived until"))
    settled_from = DayField(_("Settled from"))
    settled_to = DayField(_("Settled until"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        names = ModelVersion.objects.values_list("name", flat=True)
        super().__init__(*args, models=[(name, name) for name in names], **kwargs)
        people = [
            ANY,
            *((user.username, user.username) for user in User.objects.exclude(role="client").order_by("username")),
        ]
        self.fields["reviewer"].choices = people
        self.fields["assignee"].choices = people

    def first_fields(self) -> list[BoundField]:
        return [field for field in self.visible_fields() if field.name not in FOLDED]

    def folded_fields(self) -> list[BoundField]:
        return [self[name] for name in FOLDED]

    def folded_is_used(self) -> bool:
        criteria = self.criteria()
        return any(criteria[name] for name in FOLDED)


class AssigneeField(forms.ModelChoiceField):
    """One of those who may be given titles; empty for everybody."""

    def __init__(self) -> None:
        super().__init__(User.objects.none(), required=False, empty_label=_("everybody"), label=_("For"))


class BulkForm(forms.Form):
    """A step over many titles. The id makes a second click harmless; `query` is the search that the titles were found with."""

    id = forms.UUIDField()
    kind = forms.ChoiceField(choices=[(kind, kind.label) for kind in (BulkKind.ASSIGN, BulkKind.ACCEPT)])
    titles = forms.TypedMultipleChoiceField(coerce=int, required=False)
    everything = forms.BooleanField(required=False)
    assignee = AssigneeField()
    query = forms.CharField(required=False, max_length=4000)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = assignable_people()
        sent = self.data.getlist("titles") if hasattr(self.data, "getlist") else []
        self.fields["titles"].choices = [(key, key) for key in sent if key.isdecimal() and len(key) < 19]


class AnswerForm(SendBackForm):
    """A lead's answer to a flag or to skips, perhaps to one reviewer by name; `decide`: the lead reads the title now."""

    assignee = AssigneeField()
    decide = forms.BooleanField(required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = assignable_people()
