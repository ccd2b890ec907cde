"""Addresses of pages that show one row."""

from annotator.models import Artist, Batch, Title, Webhook


def address(path: str, title: Title) -> str:
    """The page of `some_work` that "title", "artist", "batch" or "webhook" stands for; every other path as it is."""
    known = {
        "title": f"/titles/{title.pk}/",
        "artist": f"/artists/{Artist.objects.get().pk}/",
        "batch": f"/batches/{Batch.objects.get().pk}/",
        "webhook": f"/webhooks/{Webhook.objects.get().pk}/",
    }
    return known.get(path, path)
