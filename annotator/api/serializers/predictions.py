"""How predictions look, and how they are asked for."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotator.api.serializers.fields import BodySerializer, TitleField, TitlesField
from annotator.domain.answers import FROM_ANNOTATION, FROM_MODEL, Answer
from annotator.domain.lineup import lineup_view
from annotator.enums import AnnotationSource, Band, Label
from ner_core.spans import Span, span_to_dict

ANSWER_SOURCES = [(FROM_ANNOTATION, _("annotation")), (FROM_MODEL, _("model"))]


class SpanSerializer(serializers.Serializer):
    """`text[start:end]`, counted in Unicode code points; the end is exclusive."""

    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)
    label = serializers.ChoiceField(choices=Label.choices)


class ScoredSpanSerializer(SpanSerializer):
    score = serializers.FloatField(
        min_value=0, max_value=1, help_text=_("Probability that the span is exactly right; 1 where people decided.")
    )


class SlicedSpanSerializer(ScoredSpanSerializer):
    text = serializers.CharField(help_text=_("The characters of the span, as they were sent."))


class LineupSerializer(serializers.Serializer):
    """The line-up view: what existing client services read."""

    event_name = serializers.CharField()
    artists = serializers.ListField(child=serializers.CharField())
    event_info = serializers.ListField(child=serializers.CharField())
    location = serializers.ListField(child=serializers.CharField())
    date = serializers.ListField(child=serializers.CharField())
    related_keywords = serializers.ListField(child=serializers.CharField())


class PredictionSerializer(serializers.Serializer):
    """Only for the schema: `describe_answer` builds it, ten thousand at a time."""

    text = serializers.CharField(help_text=_("The title exactly as it was sent."))
    spans = SlicedSpanSerializer(many=True)
    confidence = serializers.FloatField(
        min_value=0,
        max_value=1,
        help_text=_("Probability that the whole reading is exactly right; 1 where people decided."),
    )
    band = serializers.ChoiceField(choices=Band.choices)
    source = serializers.ChoiceField(
        choices=ANSWER_SOURCES, help_text=_("`annotation`: the title is settled, no model was asked.")
    )
    annotation_source = serializers.ChoiceField(
        choices=AnnotationSource.choices, required=False, help_text=_("How it was settled; only for annotations.")
    )
    model_version = serializers.CharField(allow_null=True, help_text=_("Who read it; null where people did."))
    lineup = LineupSerializer()


class PredictionsSerializer(serializers.Serializer):
    predictions = PredictionSerializer(many=True, help_text=_("In the order of the titles."))


class OneTitleSerializer(BodySerializer):
    title = TitleField()


class ManyTitlesSerializer(BodySerializer):
    titles = TitlesField()


class PredictBody(BodySerializer):
    """Exactly one of the two keys."""

    default_error_messages = {
        "title_missing": _("Send a `title` or a list of `titles`."),
        "title_and_titles": _("Send either `title` or `titles`, not both."),
    }
    title = TitleField(required=False)
    titles = TitlesField(required=False)

    def to_internal_value(self, data: dict[str, Any]) -> dict[str, Any]:
        if "title" in data and "titles" in data:
            self.fail("title_and_titles")
        if "title" not in data and "titles" not in data:
            self.fail("title_missing")
        return super().to_internal_value(data)


def describe_answer(answer: Answer) -> dict[str, Any]:
    """A PredictionSerializer's data."""
    found = {
        "text": answer.text,
        "spans": [describe_span(span, answer.text) for span in answer.spans],
        "confidence": answer.confidence,
        "band": answer.band,
        "source": answer.source,
        "annotation_source": answer.annotation_source,
        "model_version": answer.model_version,
        "lineup": lineup_view(answer.text, answer.spans),
    }
    if found["annotation_source"] is None:
        del found["annotation_source"]
    return found


def describe_span(span: Span, text: str) -> dict[str, Any]:
    return span_to_dict(span) | {"text": text[span.start : span.end]}
