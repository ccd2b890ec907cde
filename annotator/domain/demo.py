"""The demo titles that a new desk starts with."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings

from annotator.domain.ingest import close_batch, ingest_rows
from annotator.domain.readers import read_rows
from annotator.enums import Source
from annotator.models import Batch

DEMO_BATCH_ID = UUID("603277f6-4423-58ca-afef-e85a6139fd2e")  # uuid5 of "lineup-desk:demo-titles"


def demo_is_loaded() -> bool:
    return Batch.objects.filter(pk=DEMO_BATCH_ID, closed_at__isnull=False).exists()


def load_demo(*, on_chunk: Callable[[list[int]], object] | None = None) -> Batch | None:
    """Stores the demo titles as one batch, once: None when they are there already. A load that was killed is read on.

    `on_chunk` gets the ids of the titles, as in ingest_rows.
    """
    if demo_is_loaded():
        return None
    batch, _created = Batch.objects.get_or_create(
        pk=DEMO_BATCH_ID, defaults={"source": Source.DEMO, "name": "Demo titles"}
    )
    with settings.STARTER_DEMO_TITLES.open("rb") as file:
        ingest_rows(batch, read_rows(file, "txt"), on_chunk=on_chunk)
    close_batch(batch)
    return batch
