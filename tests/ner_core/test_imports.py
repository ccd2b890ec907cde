import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "transformers", "openvino", "sentencepiece", "django", "rest_framework", "celery", "annotator")
MODULES = ("tagger", "engines.torch", "engines.openvino", "engines.fake", "formats.conll")


def loaded_after(code: str, *names: str) -> list[str]:
    """Which of the names a fresh process has loaded after the code."""
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*(name for name in {names} if name in sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    return answer.stdout.split()


@pytest.mark.parametrize("module", [f"ner_core.{name}" for name in MODULES])
def test_importing_the_library_loads_no_deep_learning_and_no_web(module: str):
    assert loaded_after(f"import {module}", *HEAVY, "json") == ["json"]


def test_loading_an_artifact_loads_no_torch(tiny_checkpoint: Path):
    load = f"from ner_core.artifacts import load_artifact; load_artifact({str(tiny_checkpoint)!r})"
    assert loaded_after(load, "torch", "ner_core.artifacts") == ["ner_core.artifacts"]


def test_reading_with_openvino_loads_no_torch(tiny_checkpoint: Path):
    tagger = f"load_tagger({str(tiny_checkpoint)!r}, engine='openvino')"
    read = f"from ner_core.tagger import load_tagger; {tagger}.tag(['Ana at Paradiso'])"
    assert loaded_after(read, "torch", "openvino") == ["openvino"]
