"""What every test may use."""

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from annotator.models import ModelVersion, User
from tests import factories


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests that commit are cleaned up after by removing all rows: also those of the audit log, which the desk refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_no_delete")


@pytest.fixture
def reviewer(db: None) -> User:
    return factories.make_user("rosa")


@pytest.fixture
def lead(db: None) -> User:
    return factories.make_user("lena", role="lead")


@pytest.fixture
def model_version(db: None) -> ModelVersion:
    return factories.make_model_version()


@pytest.fixture
def fake_tagger(model_version: ModelVersion):
    """A tagger without a model: the same reading for the same text, always; its version is that of `model_version`."""
    from ner_core.engines.fake import FakeTagger

    return FakeTagger(version=model_version.name)
