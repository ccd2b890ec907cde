"""How model versions look."""

from rest_framework import serializers

from annotator.models import ModelVersion


class ModelVersionSerializer(serializers.ModelSerializer):
    metrics = serializers.DictField()

    class Meta:
        model = ModelVersion
        fields = ["id", "name", "state", "origin", "digest", "calibrated", "metrics", "created_at", "activated_at"]
