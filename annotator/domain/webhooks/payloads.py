"""What a message says. Made when it is sent: the newest state of what it is about."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from annotator.domain.lineup import lineup_view
from annotator.domain.rest_batches import batch_status
from annotator.enums import WebhookEvent
from annotator.models import Alert, Annotation, Batch, Delivery, ModelVersion, Occurrence
from ner_core.spans import span_from_dict

IDS_PER_TITLE = 20


def body_of(delivery: Delivery) -> bytes:
    """JSON: {"type", "timestamp" (when it happened), "data"}; docs/webhooks.md has the shapes."""
    data = _DATA[WebhookEvent(delivery.event)](delivery.subject)
    told = {"type": delivery.event, "timestamp": delivery.created_at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False).encode()


def _titles(subject: dict) -> dict[str, Any]:
    """Without those that are no longer settled: another message follows when they are again."""
    annotations = Annotation.objects.filter(title__in=subject["titles"]).select_related("title").order_by("title")
    ids = _client_ids(subject["titles"])
    return {"titles": [_title(annotation) | {"ids": ids[annotation.title_id]} for annotation in annotations]}


def _title(annotation: Annotation) -> dict[str, Any]:
    text = annotation.title.text
    spans = [span_from_dict(span) for span in annotation.spans]
    return {
        "id": annotation.title_id,
        "title": text,
        "source": annotation.source,
        "spans": [span | {"text": text[span["start"] : span["end"]]} for span in annotation.spans],
        "lineup": lineup_view(text, spans),
        "settled_at": annotation.updated_at.isoformat(),
    }


def _client_ids(title_ids: Sequence[int]) -> dict[int, list[dict[str, str]]]:
    """The clients' own ids of each title, the newest IDS_PER_TITLE of them."""
    rows = Occurrence.objects.filter(~Q(external_id=""), title__in=title_ids).order_by("-pk")
    ids: dict[int, list[dict[str, str]]] = defaultdict(list)
    for title_id, batch_id, own in rows.values_list("title_id", "batch_id", "external_id"):
        if len(ids[title_id]) < IDS_PER_TITLE:
            ids[title_id].append({"batch": str(batch_id), "id": own})
    return ids


def _batch(subject: dict) -> dict[str, Any]:
    batch = Batch.objects.filter(pk=subject["batch"]).first()
    if batch is None:
        return {"id": subject["batch"], "state": "gone"}
    status = batch_status(batch)
    return {
        "id": str(batch.pk),
        "name": batch.name,
        "source": batch.source,
        "state": status.state,
        "counts": status.counts(),
    }


def _model(subject: dict) -> dict[str, Any]:
    version = ModelVersion.objects.filter(pk=subject["version"]).first()
    return {
        "version": version.name if version else None,
        "digest": version.digest if version else None,
        "former": subject["former"],
        "rolled_back": subject["rolled_back"],
    }


def _alert(subject: dict) -> dict[str, Any]:
    alert = Alert.objects.get(pk=subject["alert"])
    return {
        "code": alert.code,
        "open": subject["open"],
        "value": alert.value,
        "limit": alert.limit,
        "since": alert.began_at.isoformat(),
    }


def _ping(_subject: dict) -> dict[str, Any]:
    return {}


_DATA = {
    WebhookEvent.TITLE_SETTLED: _titles,
    WebhookEvent.BATCH_DONE: _batch,
    WebhookEvent.MODEL_PROMOTED: _model,
    WebhookEvent.DESK_ALERT: _alert,
    WebhookEvent.PING: _ping,
}
