"""How snapshots look."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from annotator.models import Snapshot


class SnapshotSerializer(serializers.ModelSerializer):
    manifest = serializers.DictField(help_text=_("What went into it: labels, sources, model versions, filter."))
    created_by = serializers.SlugRelatedField(slug_field="username", read_only=True, allow_null=True)
    download = serializers.HyperlinkedIdentityField(view_name="api_snapshot_download", lookup_url_kwarg="snapshot_id")

    class Meta:
        model = Snapshot
        fields = ["id", "digest", "rows", "manifest", "created_by", "created_at", "download"]
