"""How artists are asked for by name, entered and joined."""

from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotator.api.serializers.fields import BodySerializer, TextField
from annotator.domain.artists import NAME_MAX_CHARS
from annotator.domain.name_lookup import Candidate, How
from annotator.enums import ArtistKind, ArtistState
from ner_core.gazetteer import artist_key

MOST_NAMES = 200
HOW = [
    (How.KEY.value, _("the same name but for case, accents and signs")),
    (How.LETTERS.value, _("the same with letters for digits")),
    (How.NEAR.value, _("one or two letters apart")),
]
COUNTRY = RegexValidator(r"\A[A-Z]{2}\Z", message=_("Two capital letters, as in ISO 3166."), code="invalid_country")


class NameField(TextField):
    """A name as people write it; blanks alone are none."""

    default_error_messages = {"empty": _("A name may not be empty.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": NAME_MAX_CHARS} | kwargs))

    def run_validation(self, data: Any = serializers.empty) -> str:
        if isinstance(data, str) and not artist_key(data):
            self.fail("empty")
        return super().run_validation(data)


class MatchBody(BodySerializer):
    names = serializers.ListField(
        child=NameField(), allow_empty=False, max_length=MOST_NAMES, help_text=_("Names as they stand in titles.")
    )


class CandidateSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    note = serializers.CharField(help_text=_("Tells homonyms apart; often empty."))
    kind = serializers.ChoiceField(choices=ArtistKind.choices)
    country = serializers.CharField()
    state = serializers.ChoiceField(choices=ArtistState.choices)
    spelling = serializers.CharField(help_text=_("The spelling of this artist that matched."))
    score = serializers.FloatField(min_value=0, max_value=1, help_text=_("1 for the same name, less the further away."))
    how = serializers.ChoiceField(choices=HOW)


class MatchSerializer(serializers.Serializer):
    name = serializers.CharField(help_text=_("The name exactly as it was sent."))
    candidates = CandidateSerializer(many=True, help_text=_("Best first; empty for a name that nobody knows."))


class MatchesSerializer(serializers.Serializer):
    """Only for the schema: `describe_match` builds the rows."""

    matches = MatchSerializer(many=True, help_text=_("In the order of the names."))


class ArtistBody(BodySerializer):
    name = NameField()
    note = TextField(required=False, allow_blank=True, max_length=200, help_text=_("Tells homonyms apart."))
    kind = serializers.ChoiceField(choices=ArtistKind.choices, required=False)
    country = TextField(required=False, max_length=2, validators=[COUNTRY], help_text=_("Two letters, ISO 3166."))
    remarks = TextField(required=False, allow_blank=True, max_length=2000)
    aliases = serializers.ListField(child=NameField(), required=False, max_length=MOST_NAMES)


class MergeBody(BodySerializer):
    into = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text=_("The id of the artist that stays."))
    id = serializers.UUIDField(
        required=False, help_text=_("Your own name for this request: sent again with it, it is done once.")
    )


def describe_match(name: str, candidates: list[Candidate]) -> dict[str, Any]:
    return {"name": name, "candidates": [_describe(candidate) for candidate in candidates]}


def _describe(candidate: Candidate) -> dict[str, Any]:
    artist = candidate.artist
    row = {field: getattr(artist, field) for field in ("id", "name", "note", "kind", "country", "state")}
    return row | {"spelling": candidate.spelling, "score": round(candidate.score, 6), "how": candidate.how.value}
