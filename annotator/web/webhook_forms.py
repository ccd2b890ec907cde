"""Forms of the webhook pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotator.domain.webhooks.registry import CHOICES, events_of
from annotator.enums import DeliveryState
from annotator.models import Webhook
from annotator.web.forms import ANY, FilterForm


class WebhookForm(forms.Form):
    """Another service that is told."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Which service it is, for example “shop”."))
    url = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.URLInput, help_text=_("Messages are sent there by POST.")
    )
    events = forms.MultipleChoiceField(
        label=_("Is told that"),
        choices=[(event.value, event.label) for event in CHOICES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )


class ChangeWebhookForm(WebhookForm):
    """What a webhook is now, to be changed."""

    active = forms.BooleanField(label=_("Active: is told what happens"), required=False)

    @classmethod
    def of(cls, hook: Webhook) -> "ChangeWebhookForm":
        now = {"name": hook.name, "url": hook.url, "active": hook.active}
        return cls(initial=now | {"events": [event.value for event in events_of(hook)]})


class DeliveryFilterForm(FilterForm):
    """Which messages the page lists."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[ANY, *DeliveryState.choices])
