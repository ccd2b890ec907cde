"""REST routes. Addresses of version 1 have no slash at the end; the two routes of earlier clients lie at the root."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from annotator.api.views.artist_names import ArtistMatch, ArtistMergeInto
from annotator.api.views.artists import ArtistDetail, Artists
from annotator.api.views.batches import BatchDetail, Batches, BatchResults
from annotator.api.views.docs import Docs, Schema
from annotator.api.views.earlier import ExtractFromBatch, ExtractFromRealtime
from annotator.api.views.fallback import UnknownRoute
from annotator.api.views.health import Live, Ready
from annotator.api.views.metrics import Metrics
from annotator.api.views.model_versions import ModelVersions
from annotator.api.views.predict import Predict
from annotator.api.views.snapshots import SnapshotDetail, SnapshotDownload, Snapshots
from annotator.api.views.titles import TitleDetail, Titles


class RestConverter(StringConverter):
    """The rest of an address, line breaks included, which `path` would let through to the pages."""

    regex = "(?s:.+)"


register_converter(RestConverter, "rest")

urlpatterns = [
    path("api/v1/predict", Predict.as_view(), name="api_predict"),
    path("api/v1/batches", Batches.as_view(), name="api_batches"),
    path("api/v1/batches/<uuid:batch_id>", BatchDetail.as_view(), name="api_batch"),
    path("api/v1/batches/<uuid:batch_id>/results", BatchResults.as_view(), name="api_batch_results"),
    path("api/v1/titles", Titles.as_view(), name="api_titles"),
    path("api/v1/titles/<int:title_id>", TitleDetail.as_view(), name="api_title"),
    path("api/v1/artists", Artists.as_view(), name="api_artists"),
    path("api/v1/artists/<int:artist_id>", ArtistDetail.as_view(), name="api_artist"),
    path("api/v1/artists/match", ArtistMatch.as_view(), name="api_artist_match"),
    path("api/v1/artists/<int:artist_id>/merge", ArtistMergeInto.as_view(), name="api_artist_merge"),
    path("api/v1/snapshots", Snapshots.as_view(), name="api_snapshots"),
    path("api/v1/snapshots/<uuid:snapshot_id>", SnapshotDetail.as_view(), name="api_snapshot"),
    path("api/v1/snapshots/<uuid:snapshot_id>/download", SnapshotDownload.as_view(), name="api_snapshot_download"),
    path("api/v1/models", ModelVersions.as_view(), name="api_models"),
    path("api/v1/health/live", Live.as_view(), name="api_health_live"),
    path("api/v1/health/ready", Ready.as_view(), name="api_health_ready"),
    path("api/v1/metrics", Metrics.as_view(), name="api_metrics"),
    path("api/schema/", Schema.as_view(), name="api_schema"),
    path("api/docs/", Docs.as_view(), name="api_docs"),
    path("extract_from_realtime", ExtractFromRealtime.as_view(), name="extract_from_realtime"),
    path("extract_from_batch", ExtractFromBatch.as_view(), name="extract_from_batch"),
    path("api/", UnknownRoute.as_view(), name="api_unknown"),
    path("api/<rest:path>", UnknownRoute.as_view(), name="api_unknown_path"),
]
