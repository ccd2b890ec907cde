"""How batches look, and how they are sent."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.api.serializers.fields import (
    TITLE_SCHEMA,
    TITLES_SCHEMA,
    BodySerializer,
    ItemsField,
    TextField,
    TitleField,
)
from annotator.api.serializers.predictions import PredictionSerializer, describe_answer
from annotator.domain.answers import Answer
from annotator.domain.rest_batches import BatchStatus, SentTitle
from annotator.enums import Source, TitleState
from annotator.models import Batch, Occurrence

ID_MAX_CHARS = 255
ITEM_SCHEMA = {
    "oneOf": [
        TITLE_SCHEMA,
        {
            "type": "object",
            "required": ["title"],
            "properties": {"title": TITLE_SCHEMA, "id": {"type": "string", "maxLength": ID_MAX_CHARS}},
        },
    ]
}


class _TitleWithId(BodySerializer):
    default_error_messages = {"not_an_object": _("An item is a title, or an object with `title` and `id`.")}
    title = TitleField()
    id = TextField(required=False, allow_blank=True, max_length=ID_MAX_CHARS)


class SentTitleField(serializers.Field):
    """A title, or an object with a title and the client's own id for it."""

    def run_validation(self, data: Any = serializers.empty) -> SentTitle:
        if isinstance(data, dict):
            item = _TitleWithId().run_validation(data)
            return SentTitle(item["title"], item.get("id", ""))
        return SentTitle(TitleField().run_validation(data))


@extend_schema_field(TITLES_SCHEMA | {"items": ITEM_SCHEMA, "minItems": 1})
class SentTitlesField(ItemsField):
    child = SentTitleField()


class BatchBody(BodySerializer):
    titles = SentTitlesField(allow_empty=False)
    name = TextField(required=False, allow_blank=True, max_length=255, help_text=_("For people; shown on the pages."))


class BatchCountsSerializer(serializers.Serializer):
    read = serializers.IntegerField(help_text=_("Rows that were stored."))
    new = serializers.IntegerField(help_text=_("Rows whose title the desk had never seen."))
    repeated = serializers.IntegerField(help_text=_("Rows whose title was known before."))
    rejected = serializers.IntegerField(help_text=_("Rows of a file that could not be read; never of a REST batch."))
    tagged = serializers.IntegerField(help_text=_("Distinct titles that a model has read."))
    total = serializers.IntegerField(help_text=_("Distinct titles."))


class BatchSerializer(serializers.Serializer):
    """Only for the schema: `describe_batch` builds it."""

    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    source = serializers.ChoiceField(choices=Source.choices)
    state = serializers.ChoiceField(choices=BatchStatus.STATES, help_text=_("`done`: every title was read by a model."))
    counts = BatchCountsSerializer()
    created_at = serializers.DateTimeField()
    results = serializers.URLField()


class BatchResultSerializer(serializers.Serializer):
    """Only for the schema: `describe_result` builds it."""

    row = serializers.IntegerField(min_value=1, help_text=_("Place in the batch, from 1."))
    id = serializers.CharField(allow_blank=True, help_text=_("The client's own id."))
    title_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=TitleState.choices)
    prediction = PredictionSerializer(allow_null=True, help_text=_("null until the title was read."))


def describe_batch(batch: Batch, status: BatchStatus, *, results: str) -> dict[str, Any]:
    return {
        "id": str(batch.pk),
        "name": batch.name,
        "source": batch.source,
        "state": status.state,
        "counts": status.counts(),
        "created_at": batch.created_at,
        "results": results,
    }


def describe_result(occurrence: Occurrence, answer: Answer | None) -> dict[str, Any]:
    return {
        "row": occurrence.row,
        "id": occurrence.external_id,
        "title_id": occurrence.title_id,
        "state": occurrence.title.state,
        "prediction": describe_answer(answer) if answer else None,
    }
