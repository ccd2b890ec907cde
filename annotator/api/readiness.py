"""Which parts of the desk answer."""

from django.db import DatabaseError

from annotator.domain.queries.queue import broker_reachable, worker_health
from annotator.enums import ModelState
from annotator.models import ModelVersion


def find_parts() -> dict[str, bool]:
    """Part -> whether it answers. Without the database nothing is known of worker and model: they count as down."""
    try:
        model = ModelVersion.objects.filter(state=ModelState.ACTIVE).exists()
        worker = worker_health()
    except DatabaseError:
        return {"database": False, "broker": broker_reachable(), "worker": False, "model": False}
    return {"database": True, "broker": worker.broker_reachable, "worker": worker.any_alive, "model": model}
