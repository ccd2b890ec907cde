"""The review desk: Django project package and its only app."""

from annotator.celery_app import app as celery_app

__all__ = ["celery_app"]
