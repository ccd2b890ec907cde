"""Addresses of pages that show one row."""

from annotator.models import Artist, Batch, Title


def address(path: str, title: Title) -> str:
    """The page of `some_work` that "title", "artist" or "batch" stands for; every other path as it is."""
    known = {
        "title": f"/titles/{title.pk}/",
        "artist": f"/artists/{Artist.objects.get().pk}/",
        "batch": f"/batches/{Batch.objects.get().pk}/",
    }
    return known.get(path, path)
