"""Query parameters of lists."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotator.api.serializers.fields import TextField
from annotator.enums import AnnotationSource, ArtistKind, ArtistState, Band, Label, TitleState


class TitleFilter(serializers.Serializer):
    """Titles that meet every criterion given."""

    text = TextField(
        required=False, allow_blank=True, max_length=200, help_text=_("Words that all occur in the title.")
    )
    state = serializers.ChoiceField(choices=TitleState.choices, required=False)
    band = serializers.ChoiceField(
        choices=Band.choices, required=False, help_text=_("Under which it entered the review queue.")
    )
    label = serializers.ChoiceField(
        choices=Label.choices, required=False, help_text=_("A label of the settled reading, else of the waiting one.")
    )
    source = serializers.ChoiceField(
        choices=AnnotationSource.choices, required=False, help_text=_("How it was settled.")
    )
    model_version = TextField(
        required=False, allow_blank=True, max_length=200, help_text=_("A model version that has read it.")
    )


class ArtistFilter(serializers.Serializer):
    """Artists that meet every criterion given."""

    search = TextField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text=_("Part of any spelling; accents and case do not count."),
    )
    state = serializers.ChoiceField(choices=ArtistState.choices, required=False)
    kind = serializers.ChoiceField(choices=ArtistKind.choices, required=False)
