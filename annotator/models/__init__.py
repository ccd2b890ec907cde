"""Tables. Data and constraints only: behaviour lives in annotator.domain."""

from annotator.models import lookups as lookups
from annotator.models.access import ApiToken, User
from annotator.models.alert import Alert
from annotator.models.artist import Alias, Artist, ArtistMerge, DistinctArtists, ExternalId, Mention
from annotator.models.audit import AuditEntry
from annotator.models.band_limits import BandLimits
from annotator.models.bulk import BulkAction, BulkTitle
from annotator.models.dataset import Snapshot
from annotator.models.job import Job, WorkerHeartbeat
from annotator.models.model_version import Comparison, ModelVersion, Promotion
from annotator.models.prediction import Prediction
from annotator.models.prepared import Prepared
from annotator.models.propagation import PropagatedTitle, Propagation, QueuedSurface, SettledSurface
from annotator.models.review import Annotation, Lease, QueueItem, Verdict
from annotator.models.title import Batch, Occurrence, Title
from annotator.models.webhook import Delivery, Webhook

__all__ = [
    "Alert",
    "Alias",
    "Annotation",
    "ApiToken",
    "Artist",
    "ArtistMerge",
    "AuditEntry",
    "BandLimits",
    "Batch",
    "BulkAction",
    "BulkTitle",
    "Comparison",
    "Delivery",
    "DistinctArtists",
    "ExternalId",
    "Job",
    "Lease",
    "Mention",
    "ModelVersion",
    "Occurrence",
    "Prediction",
    "Prepared",
    "Promotion",
    "PropagatedTitle",
    "Propagation",
    "QueueItem",
    "QueuedSurface",
    "SettledSurface",
    "Snapshot",
    "Title",
    "User",
    "Verdict",
    "Webhook",
    "WorkerHeartbeat",
]
