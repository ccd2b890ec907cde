"""How health looks."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotator.api.serializers.errors import ErrorDetailSerializer


class PartState(TextChoices):
    OK = "ok"
    DOWN = "down"


class LiveSerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=[("ok", "ok")])


class ReadyFilter(serializers.Serializer):
    scope = serializers.ChoiceField(
        choices=["desk", "web"],
        default="desk",
        help_text=_("`desk`: every part must answer. `web`: the database, which is enough to serve pages."),
    )


class PartsSerializer(serializers.Serializer):
    database = serializers.ChoiceField(choices=PartState.choices)
    broker = serializers.ChoiceField(choices=PartState.choices)
    worker = serializers.ChoiceField(
        choices=PartState.choices, help_text=_("Whether any worker gave a sign of life lately.")
    )
    model = serializers.ChoiceField(choices=PartState.choices, help_text=_("Whether there is an active model version."))


class ReadySerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=[("ready", "ready")])
    parts = PartsSerializer()


class NotReadySerializer(serializers.Serializer):
    status = serializers.ChoiceField(choices=[("not_ready", "not_ready")])
    parts = PartsSerializer()
    error = ErrorDetailSerializer()
