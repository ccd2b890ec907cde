"""What every test may use."""

import pytest

from annotator.models import ModelVersion, User
from tests import factories


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
