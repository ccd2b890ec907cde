import os
from pathlib import Path

import pytest
from hypothesis import settings

from ner_core.tagger import ModelTagger, load_tagger
from tests.checkpoints import build_tiny_checkpoint

os.environ.setdefault("HF_HUB_OFFLINE", "1")
settings.register_profile("ner_core", deadline=None, max_examples=150, database=None)
settings.load_profile("ner_core")


@pytest.fixture(scope="session", params=["BIO", "IO"])
def tiny_tagger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelTagger:
    """A tagger with real parts and random weights, once for each scheme."""
    directory = build_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / request.param, request.param)
    return load_tagger(directory, threads=1)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared: copy it before changing anything in it."""
    return build_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "shared")
