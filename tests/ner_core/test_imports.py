import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "transformers", "openvino", "sentencepiece", "django", "rest_framework", "celery", "annotator")


@pytest.mark.parametrize(
    "module",
    [
        "ner_core.tagger",
        "ner_core.engines.torch",
        "ner_core.engines.openvino",
        "ner_core.engines.fake",
        "ner_core.formats.conll",
    ],
)
def test_importing_the_library_loads_no_deep_learning_and_no_web(module: str):
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"

    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )

    assert answer.stdout == "[]\n"


def test_loading_an_artifact_loads_no_torch(tiny_checkpoint: Path):
    load = f"from ner_core.artifacts import load_artifact; load_artifact({str(tiny_checkpoint)!r})"
    code = f"import sys; {load}; print('torch' in sys.modules)"

    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )

    assert answer.stdout == "False\n"
