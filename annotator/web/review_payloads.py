"""What the review page's JavaScript sends, checked field by field."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from rest_framework import serializers

from annotator.domain.chosen_links import NOTE_MAX_CHARS
from annotator.enums import Action, Label
from annotator.exceptions import LineupDeskError

LARGEST_ID = 2**63 - 1
LONGEST_MS = 2**31 - 1
COMMENT_MAX_CHARS = 1000
NAME_MAX_CHARS = 300
REASON_MAX_CHARS = 200
MOST_CARDS = 50
MOST_IDS = 500

DECISIONS = [action for action in Action if action is not Action.UNDO]


class InvalidPayload(LineupDeskError):
    code = "invalid_payload"


class StrictCharField(serializers.CharField):
    """DRF writes numbers and booleans as text; here only text is text."""

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class SpanPayload(serializers.Serializer):
    start = serializers.IntegerField(min_value=0, max_value=LONGEST_MS)
    end = serializers.IntegerField(min_value=1, max_value=LONGEST_MS)
    label = serializers.ChoiceField(choices=Label.choices)


class OverridePayload(serializers.Serializer):
    code = StrictCharField(max_length=40)
    start = serializers.IntegerField(min_value=0, max_value=LONGEST_MS)
    end = serializers.IntegerField(min_value=1, max_value=LONGEST_MS)
    reason = StrictCharField(allow_blank=True, max_length=REASON_MAX_CHARS, default="")


class LinkPayload(serializers.Serializer):
    start = serializers.IntegerField(min_value=0, max_value=LONGEST_MS)
    end = serializers.IntegerField(min_value=1, max_value=LONGEST_MS)
    artist = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, allow_null=True)
    note = StrictCharField(allow_blank=True, max_length=NOTE_MAX_CHARS, default="")


class VerdictPayload(serializers.Serializer):
    id = serializers.UUIDField()
    title_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    prediction_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, allow_null=True, default=None)
    action = serializers.ChoiceField(choices=[(action.value, action.label) for action in DECISIONS])
    spans = SpanPayload(many=True, default=list)
    comment = StrictCharField(allow_blank=True, max_length=COMMENT_MAX_CHARS, default="")
    overrides = OverridePayload(many=True, default=list)
    links = LinkPayload(many=True, default=list)
    elapsed_ms = serializers.IntegerField(min_value=0, max_value=LONGEST_MS, allow_null=True, default=None)


class ReadingPayload(serializers.Serializer):
    """A title with a reading of it, as it is drawn."""

    title_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    spans = SpanPayload(many=True)


class SuggestionPayload(serializers.Serializer):
    text = StrictCharField(max_length=NAME_MAX_CHARS)


class FormPayload(serializers.Serializer):
    """The form of a browser without JavaScript: it can only decide, not correct. `spans`: what is drawn, where that is not the model's."""

    id = serializers.UUIDField()
    tab = serializers.UUIDField()
    title_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    prediction_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    action = serializers.ChoiceField(choices=[Action.ACCEPT, Action.NOTHING, Action.SKIP, Action.FLAG])
    comment = StrictCharField(allow_blank=True, max_length=COMMENT_MAX_CHARS, default="")
    spans = serializers.JSONField(binary=True, default=None)

    def validate_spans(self, spans: object) -> list[dict] | None:
        return None if spans is None else [check(SpanPayload, span) for span in check_list({"spans": spans}, "spans")]


class UndoPayload(serializers.Serializer):
    id = serializers.UUIDField()
    verdict_id = serializers.UUIDField()


class GroupPayload(serializers.Serializer):
    verdict_id = serializers.UUIDField()


class PropagationPayload(GroupPayload):
    id = serializers.UUIDField()
    title_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), max_length=MOST_IDS
    )


class TakeBackPayload(serializers.Serializer):
    id = serializers.UUIDField()
    propagation_id = serializers.UUIDField()


class TabPayload(serializers.Serializer):
    tab = serializers.UUIDField()


class CardsPayload(TabPayload):
    count = serializers.IntegerField(min_value=1, max_value=MOST_CARDS)
    exclude = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), max_length=MOST_IDS, default=list
    )


class RenewalPayload(TabPayload):
    title_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), max_length=MOST_IDS
    )


def check(serializer_class: type[serializers.Serializer], data: object) -> dict:
    """The checked values; raises InvalidPayload naming the first field that is wrong."""
    serializer = serializer_class(data=data)
    if serializer.is_valid():
        return serializer.validated_data
    field, message = _first_error(serializer.errors)
    raise InvalidPayload(f"{field}: {message}" if field else message, field=field)


def check_list(payload: Mapping[str, object], name: str, *, most: int = MOST_CARDS) -> list:
    """payload[name] as a list of at most `most` items, themselves unchecked: one bad item must not hold back the others."""
    items = payload.get(name)
    if not isinstance(items, list) or len(items) > most:
        message = _("“%(name)s” must be a list of at most %(most)d items.")
        raise InvalidPayload(message % {"name": name, "most": most}, field=name)
    return items


def _first_error(errors: object, path: str = "") -> tuple[str, str]:
    if isinstance(errors, Mapping):
        name, inner = next(iter(errors.items()))
        return _first_error(inner, path if name == "non_field_errors" else f"{path}.{name}".lstrip("."))
    if isinstance(errors, list):
        index, inner = next((index, item) for index, item in enumerate(errors) if item)
        return _first_error(inner, f"{path}[{index}]" if isinstance(inner, Mapping) else path)
    return path, str(errors)
