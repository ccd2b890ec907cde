"""How artists look."""

from rest_framework import serializers

from annotator.models import Artist


class ArtistSerializer(serializers.ModelSerializer):
    aliases = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)
    mention_count = serializers.IntegerField(min_value=0)

    class Meta:
        model = Artist
        fields = ["id", "name", "note", "kind", "country", "state", "aliases", "mention_count", "created_at"]
