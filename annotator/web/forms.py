"""Forms of the pages. Each checks its own fields; what needs the database is refused by the domain."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count, takewhile

from django import forms
from django.conf import settings
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from annotator.domain.differences import Choice
from annotator.domain.readers import READERS, kind_of
from annotator.domain.review_keys import own_keys
from annotator.enums import AnnotationSource, Area, ArtistKind, ArtistState, Band, ExportFormat, Label, TitleState
from annotator.exceptions import InvalidFile
from annotator.models import User
from annotator.web.key_words import action_groups

UPLOAD_KINDS = [f".{kind}" for kind in READERS]
ANY = ("", _("any"))


class LanguageForm(forms.ModelForm):
    """The language of the pages."""

    language = forms.ChoiceField(
        label=_("Language of the pages"),
        choices=[("", _("as the browser asks")), *settings.LANGUAGES],
        required=False,
    )

    class Meta:
        model = User
        fields = ["language"]


class PasswordForm(PasswordChangeForm):
    """Django's form, on a page with others: it does not take the focus."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Which service will use it, for example “ticket site”.")
    )
    rights = forms.ChoiceField(
        label=_("Rights"),
        initial="client",
        choices=[
            ("client", _("client service: predictions, its own batches, artists")),
            ("own", _("mine: also titles, snapshots and figures")),
        ],
    )
    scopes = forms.MultipleChoiceField(
        label=_("Only for"),
        required=False,
        choices=Area.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: for all that these rights allow."),
    )
    days = forms.TypedChoiceField(
        label=_("Expires"),
        coerce=int,
        initial=365,
        choices=[(30, _("in 30 days")), (90, _("in 90 days")), (365, _("in a year")), (0, _("never"))],
    )

    @property
    def wanted(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in ("name", "scopes")}

    @property
    def lifetime(self) -> timedelta | None:
        days = self.cleaned_data["days"]
        return timedelta(days=days) if days else None


class KeysForm(forms.Form):
    """The keys of the review page: a field for each action, with names of keys between blanks."""

    single_keys = forms.BooleanField(
        label=_("Letters, digits and signs act alone"),
        required=False,
        help_text=_(
            "Switch this off if keys are pressed by mistake, for instance by dictation. They then act together with Alt only."
        ),
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["single_keys"].initial = user.single_keys
        given = own_keys(user)
        for _heading, actions in action_groups():
            for action, words in actions.items():
                self.fields[action] = forms.CharField(
                    label=words,
                    required=False,
                    max_length=200,
                    initial=" ".join(given[action]),
                    widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "false"}),
                )

    def keys(self) -> dict[str, list[str]]:
        return {action: self.cleaned_data[action].split() for action in self.fields if action != "single_keys"}


class UploadForm(forms.Form):
    """A file of titles."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(UPLOAD_KINDS)}),
        error_messages={"required": _("Choose a file first.")},
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        try:
            self.cleaned_data["kind"] = kind_of(file.name)
        except InvalidFile as error:
            raise forms.ValidationError(error.message, code=error.code) from error
        if file.size == 0:
            raise forms.ValidationError(_("“%(name)s” is empty."), code="empty", params={"name": file.name})
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(too_large(file.size), code="too_large")
        return file


class PasteForm(forms.Form):
    """Titles pasted into the page, one a line."""

    titles = forms.CharField(
        label=_("Titles, one a line"),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "dir": "auto"}),
        strip=False,
        error_messages={"required": _("Paste at least one title.")},
    )

    def clean_titles(self) -> str:
        titles = self.cleaned_data["titles"]
        if not titles.strip():
            raise forms.ValidationError(_("Paste at least one title."), code="required")
        return titles


class FilterForm(forms.Form):
    """A search. Every field may stay empty; a value that makes no sense counts as empty."""

    def criteria(self) -> dict[str, str]:
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class TitleFilterForm(FilterForm):
    """What the titles page looks for."""

    text = forms.CharField(label=_("Text"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=_("State"), required=False, choices=[ANY, *TitleState.choices])
    band = forms.ChoiceField(label=_("Band"), required=False, choices=[ANY, *Band.choices])
    label = forms.ChoiceField(label=_("Label"), required=False, choices=[ANY, *Label.choices])
    source = forms.ChoiceField(label=_("Settled as"), required=False, choices=[ANY, *AnnotationSource.choices])
    model_version = forms.ChoiceField(label=_("Model version"), required=False)
    batch = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, models: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model_version"].choices = [ANY, *models]


class ArtistFilterForm(FilterForm):
    """What the artists page looks for."""

    text = forms.CharField(label=_("Name"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=_("State"), required=False, choices=[ANY, *ArtistState.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *ArtistKind.choices])


class SendBackForm(forms.Form):
    """A lead's answer to a flag. The id makes a second click harmless."""

    undo_id = forms.UUIDField()
    comment = forms.CharField(required=False)


class ExportForm(forms.Form):
    """A new export of what is settled: `settled` says how many readings there are of each source."""

    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat.choices, initial=ExportFormat.JSONL)
    sources = forms.MultipleChoiceField(
        label=_("Readings settled as"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    def __init__(self, *args: object, settled: dict[str, int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        names = [source for source in AnnotationSource if settled.get(source)]
        self.fields["sources"].choices = [(name, f"{name.label} ({intcomma(settled[name])})") for name in names]
        self.fields["sources"].initial = names


def too_large(size: int) -> str:
    message = _("The file has %(size)s; the limit is %(limit)s.")
    return message % {"size": filesizeformat(size), "limit": filesizeformat(settings.UPLOAD_MAX_BYTES)}


class AdjudicationForm(forms.Form):
    """A lead's decision on two readings. The id makes a second click harmless; the choices are in choice_0, choice_1 ..."""

    verdict_id = forms.UUIDField()
    left = forms.UUIDField()
    right = forms.UUIDField()

    def clean(self) -> dict:
        known = set(Choice)
        if any(value not in known for value in self._values()):
            raise forms.ValidationError(_("That form was damaged. Load the page again."))
        return super().clean() or {}

    def choices(self) -> list[Choice]:
        return [Choice(value) for value in self._values()]

    def decision(self) -> dict[str, object]:
        sent = self.cleaned_data
        return {"verdict_id": sent["verdict_id"], "opinions": (sent["left"], sent["right"])}

    def _values(self) -> Iterator[str]:
        numbered = (self.data.get(f"choice_{number}") for number in count())
        return takewhile(lambda value: value is not None, numbered)


class TakeBackForm(forms.Form):
    """The undo of a decision."""

    verdict_id = forms.UUIDField()
    undo_id = forms.UUIDField()
