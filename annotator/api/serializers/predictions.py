"""How predictions look."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotator.enums import Label


class SpanSerializer(serializers.Serializer):
    """`text[start:end]`, counted in Unicode code points; the end is exclusive."""

    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)
    label = serializers.ChoiceField(choices=Label.choices)
    score = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        help_text=_("Probability that the span is exactly right; absent where a person decided."),
    )


class SlicedSpanSerializer(SpanSerializer):
    text = serializers.CharField(help_text=_("The characters of the span, as they were sent."))
