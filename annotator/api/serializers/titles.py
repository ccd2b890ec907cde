"""How titles look."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.api.serializers.predictions import ScoredSpanSerializer, SpanSerializer
from annotator.domain.opinions import is_kept_back
from annotator.enums import Band
from annotator.models import Annotation, Prediction, Title


class AnnotationSerializer(serializers.ModelSerializer):
    """The settled reading; spans count in the title's normalised text."""

    spans = SpanSerializer(many=True)

    class Meta:
        model = Annotation
        fields = ["spans", "source", "created_at", "updated_at"]


class ReadingSerializer(serializers.Serializer):
    spans = ScoredSpanSerializer(many=True)
    confidence = serializers.FloatField(min_value=0, max_value=1)


class StoredPredictionSerializer(serializers.ModelSerializer):
    """What one model version read, with its other n best readings."""

    model_version = serializers.SlugRelatedField(slug_field="name", read_only=True)
    spans = ScoredSpanSerializer(many=True)
    alternatives = ReadingSerializer(many=True)

    class Meta:
        model = Prediction
        fields = ["model_version", "spans", "confidence", "alternatives", "created_at"]


class TitleSerializer(serializers.ModelSerializer):
    """A title with its settled reading, if it has one, and the band under which it entered the review queue, if it did."""

    band = serializers.ChoiceField(choices=Band.choices, source="queue_item.band", default=None, allow_null=True)
    annotation = AnnotationSerializer(default=None, allow_null=True)

    class Meta:
        model = Title
        fields = ["id", "text", "state", "band", "annotation", "created_at"]


class TitleDetailSerializer(TitleSerializer):
    predictions = serializers.SerializerMethodField()

    class Meta(TitleSerializer.Meta):
        fields = [*TitleSerializer.Meta.fields, "predictions"]

    @extend_schema_field(StoredPredictionSerializer(many=True))
    def get_predictions(self, title: Title) -> list[dict]:
        """None while the title waits to be read without the model, except for leads."""
        if is_kept_back(getattr(title, "queue_item", None), viewer=self.context["request"].user):
            return []
        return StoredPredictionSerializer(title.predictions.all(), many=True).data
