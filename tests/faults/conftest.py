"""What tests that kill processes share."""

from pathlib import Path

import pytest

from tests.checkpoints import build_tiny_checkpoint


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "starter")
