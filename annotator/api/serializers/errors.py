"""How an error looks. Only for the schema: annotator.api.errors builds it."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class ErrorItemSerializer(serializers.Serializer):
    index = serializers.IntegerField(min_value=0, help_text=_("Place in the list that was sent, from 0."))
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(required=False)


class ErrorDetailSerializer(serializers.Serializer):
    code = serializers.CharField(help_text=_("Stable: programs may rely on it."))
    message = serializers.CharField(help_text=_("For people, in the language of the Accept-Language header."))
    field = serializers.CharField(required=False, help_text=_("The key or parameter that is wrong."))
    items = ErrorItemSerializer(many=True, required=False, help_text=_("Each item of a list that is wrong."))


class ErrorSerializer(serializers.Serializer):
    error = ErrorDetailSerializer()
