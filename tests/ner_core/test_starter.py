import os
import subprocess
import sys
from pathlib import Path

import pytest

import ner_core
from ner_core.artifacts import load_artifact
from ner_core.formats import jsonl
from ner_core.tagger import ModelTagger, load_tagger
from ner_core.training.evaluate import Evaluation, evaluate

STARTER = Path(ner_core.__file__).parent / "starter"
GOLD = Path(os.environ.get("LINEUP_GOLD", Path(__file__).parents[3] / "shared/gold"))
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tagger() -> ModelTagger:
    return load_tagger(STARTER, threads=1)


def test_starter_is_whole_calibrated_and_small() -> None:
    artifact = load_artifact(STARTER)
    assert artifact.calibrated
    assert artifact.config["architectures"] == ["CamembertForTokenClassification"]
    assert [part["of"] for part in artifact.reliability] == ["spans", "titles"]
    assert artifact.int8.holds
    assert sum(path.stat().st_size for path in STARTER.iterdir()) <= 60_000_000


@pytest.mark.parametrize(
    ("title", "spans"),
    [
        ("Nora Vale & Kit Lund - Rotterdam", [("Nora Vale", "PER"), ("Kit Lund", "PER"), ("Rotterdam", "LOC")]),
        (
            "Velvet Foxes at Paradiso | 12.05.2023",
            [("Velvet Foxes", "PER"), ("Paradiso", "LOC"), ("12.05.2023", "DATE")],
        ),
        ("Marché de Noël", []),
    ],
)
def test_starter_reads_plain_titles(tagger: ModelTagger, title: str, spans: list[tuple[str, str]]) -> None:
    reading = tagger.tag([title])[0]
    assert [(title[span.start : span.end], span.label) for span in reading.spans] == spans
    assert len(reading.alternatives) == 3


def test_starter_gives_blank_titles_no_spans(tagger: ModelTagger) -> None:
    assert [reading.spans for reading in tagger.tag(["", "   ", "\u00a0"])] == [(), (), ()]


def test_reading_process_stays_small_and_leaves_transformers_alone() -> None:
    script = (
        "import sys; from ner_core.tagger import load_tagger; "
        f"load_tagger({str(STARTER)!r}, threads=1).tag(['Nora Vale at Paradiso'] * 64); "
        "status = open('/proc/self/status').read(); "
        "print('transformers' in sys.modules, int(status.split('VmRSS:')[1].split()[0]) // 1024)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    loaded, megabytes = found.stdout.split()
    assert loaded == "False"
    assert int(megabytes) <= 400


def measure(tagger: ModelTagger, name: str) -> Evaluation:
    if not GOLD.is_dir():
        pytest.skip(f"no annotated titles at {GOLD}")
    with (GOLD / name).open(encoding="utf-8") as lines:
        return evaluate(tagger, list(jsonl.read(lines)))


@pytest.mark.gold
def test_starter_reaches_its_figures_on_gold(tagger: ModelTagger) -> None:
    found = measure(tagger, "eval.jsonl")
    reached = {label: counts.f1 for label, counts in found.score.labels.items()}
    wanted = {"PER": 0.88, "LOC": 0.89, "DATE": 0.85, "MISC": 0.62, "ORG": 0.62}
    assert {label: f1 for label, f1 in wanted.items() if reached[label] < f1} == {}
    assert found.score.micro.f1 >= 0.84
    assert found.score.lineup_exact >= 0.78
    assert found.span_ece <= 0.03
    assert found.bands["high"][0] >= 0.40
    assert found.bands["high"][1] >= 0.95


@pytest.mark.gold
def test_starter_reads_the_french_agenda(tagger: ModelTagger) -> None:
    assert measure(tagger, "eval_fr.jsonl").score.micro.f1 >= 0.60
