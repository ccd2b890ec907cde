"""Fields of request bodies."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty

from annotator.exceptions import InvalidTitle
from annotator.validators import clean_title

# What clean_title takes, for readers of the schema: no control characters but white space, and something that is not white space.
_REFUSED = r"\u0000-\u0008\u000E-\u001B\u007F-\u0084\u0086-\u009F"
_BLANK = r"\u0009-\u000D\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
TITLE_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": settings.TITLE_MAX_CHARS,
    "pattern": rf"^[^{_REFUSED}]*[^{_REFUSED}{_BLANK}][^{_REFUSED}]*$",
}
TITLES_SCHEMA = {"type": "array", "items": TITLE_SCHEMA, "maxItems": settings.BATCH_MAX_TITLES}


@extend_schema_field(TITLE_SCHEMA)
class TitleField(serializers.Field):
    """One title, passed on exactly as it was sent."""

    def run_validation(self, data: Any = empty) -> str:
        """null is refused like any other value that is not a string."""
        return super().run_validation(data) if data is empty else self.to_internal_value(data)

    def to_internal_value(self, data: object) -> str:
        try:
            clean_title(data)
        except InvalidTitle as error:
            raise ValidationError(error.message, code=error.code) from error
        return str(data)


class ItemsField(serializers.ListField):
    """A JSON list of at most BATCH_MAX_TITLES items; its length is looked at before its items."""

    default_error_messages = {
        "not_a_list": _("This must be a list."),
        "too_many_titles": _("At most {limit} titles at a time; these are {count}."),
        "no_titles": _("The list is empty."),
    }

    def run_validation(self, data: Any = empty) -> list[Any]:
        if data is not empty and not isinstance(data, list):
            self.fail("not_a_list")
        if data is not empty and len(data) > settings.BATCH_MAX_TITLES:
            self.fail("too_many_titles", limit=settings.BATCH_MAX_TITLES, count=len(data))
        if data == [] and not self.allow_empty:
            self.fail("no_titles")
        return super().run_validation(data)


@extend_schema_field(TITLES_SCHEMA)
class TitlesField(ItemsField):
    child = TitleField()


class TextField(serializers.CharField):
    """A string as it was sent, without control characters: numbers are not turned into strings, blanks stay."""

    default_error_messages = {"not_a_string": _("This must be a string.")}
    default_validators = [
        RegexValidator(
            r"\A[^\u0000-\u001F\u007F-\u009F]*\Z",
            message=_("Control characters have no place here."),
            code="control_characters",
        )
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = empty) -> str:
        if data is not empty and not isinstance(data, str):
            self.fail("not_a_string")
        return super().run_validation(data)


class BodySerializer(serializers.Serializer):
    """A request body that is a JSON object. Keys that it does not name are ignored."""

    default_error_messages = {"not_an_object": _("The body must be a JSON object.")}

    def run_validation(self, data: Any = empty) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return super().run_validation(data)
