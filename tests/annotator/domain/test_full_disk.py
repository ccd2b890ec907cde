"""A disk that is really full, while exports and checkpoints are written: a clear error, no half file; with room again it works."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.domain.exports import run_export
from annotator.domain.files import PARTIAL_PREFIX
from annotator.domain.model_versions import active_version, add_checkpoint, promote_model
from annotator.domain.training import run_training
from annotator.domain.training_options import TrainingOptions
from annotator.enums import AnnotationSource, JobKind, JobState
from annotator.exceptions import InvalidCheckpoint
from annotator.models import Job, ModelVersion, Snapshot
from annotator.taggers import load_directory
from tests.checkpoints import build_tiny_checkpoint
from tests.factories import make_annotation, make_title, spans_of

pytestmark = pytest.mark.django_db
DIRECTORIES = ("MODELS_DIR", "SNAPSHOTS_DIR", "EXPORTS_DIR", "TRAINING_DIR")
NAMES = ["Nova", "Orbit", "Silent", "Paper", "Glass", "Velvet", "North", "Amber"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_checkpoint(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture
def desk(settings, tmp_path, tiny) -> ModelVersion:
    for name in DIRECTORIES:
        setattr(settings, name, tmp_path / name.lower())
    settings.TRAIN_MIN_TITLES, settings.GATE_MIN_TITLES, settings.TRAIN_THREADS = 20, 1, 1
    active = promote_model(add_checkpoint(tiny))
    for one in NAMES:
        for other in NAMES:
            title = make_title(f"{one} {other} live in Rome")
            make_annotation(title, spans=spans_of(title.text, ("Rome", "LOC")), source=AnnotationSource.REVIEWED)
    return active


@pytest.fixture
def full(settings) -> Iterator:
    """full(name of a directory): from now on there is room for a few kilobytes in it; full.over(): there is room again."""
    mounted: list[Path] = []
    emptied: list[Path] = []

    def fill(name: str, kilobytes: int = 4) -> None:
        directory = Path(
            tempfile.mkdtemp(prefix="lineup-full-")
        )  # pytest removes its own directories, and would stumble
        setattr(settings, name, directory)
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(directory)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("no file system can be mounted here: that needs root on Linux")
        mounted.append(directory)

    def over() -> None:
        while mounted:
            subprocess.run(["umount", "--lazy", str(mounted[-1])], check=True)
            emptied.append(mounted.pop())

    fill.over = over
    yield fill
    over()
    for directory in emptied:
        shutil.rmtree(directory)


def export() -> Job:
    job = Job.objects.create(kind=JobKind.EXPORT, params={"format": "csv", "sources": None})
    run_export(str(job.pk))
    job.refresh_from_db()
    return job


def train() -> Job:
    options = TrainingOptions(steps=2, generated=0.1, patience=0).to_dict()
    job = Job.objects.create(kind=JobKind.TRAIN, params={"options": options})
    run_training(str(job.pk), load=load_directory)
    job.refresh_from_db()
    return job


def visible(directory: Path) -> list[str]:
    return [path.name for path in directory.glob("*") if not path.name.startswith(".")]


@pytest.mark.parametrize("name", ["SNAPSHOTS_DIR", "EXPORTS_DIR"])
def test_an_export(desk, full, settings, name):
    full(name)
    job = export()
    assert (job.state, job.error_code) == (JobState.FAILED, "file_not_written")
    assert "No space left" in job.error
    directory = getattr(settings, name)
    assert (visible(directory), list(directory.glob(f"{PARTIAL_PREFIX}*"))) == ([], [])
    full.over()
    assert export().state == JobState.DONE
    assert Snapshot.objects.count() == 1


def test_a_checkpoint_that_is_added(desk, full, tmp_path, settings):
    other = build_tiny_checkpoint(tmp_path / "other", name="other", seed=8)
    full("MODELS_DIR", 64)
    with pytest.raises(InvalidCheckpoint) as error:
        add_checkpoint(other)
    assert error.value.code == "file_not_written"
    assert ModelVersion.objects.count() == 1
    assert visible(settings.MODELS_DIR) == []
    full.over()
    assert add_checkpoint(other).name.startswith("other@")


@pytest.mark.parametrize(("name", "kilobytes"), [("TRAINING_DIR", 8), ("TRAINING_DIR", 200), ("MODELS_DIR", 64)])
def test_a_checkpoint_that_is_trained(desk, full, settings, tmp_path, name, kilobytes):
    """With less room the weights fail, with more of it what comes after them."""
    files = settings.MODELS_DIR
    if name == "MODELS_DIR":  # the active model stays where it is
        ModelVersion.objects.update(directory=str(files / desk.directory))
    full(name, kilobytes)
    job = train()
    assert (job.state, job.error_code) == (JobState.FAILED, "file_not_written"), job.error
    assert "No space left" in job.error
    assert active_version() == desk
    assert ModelVersion.objects.count() == 1
    full.over()
    assert train().state == JobState.DONE


def test_the_saved_step_of_a_training(full, settings):
    """The state before it stays, and the error is one of files."""
    import torch

    from ner_core.training.loop import Trainer

    full("TRAINING_DIR", 64)
    loop = object.__new__(Trainer)
    loop._torch, loop._state_file = torch, settings.TRAINING_DIR / "state.pt"
    loop.model = torch.nn.Linear(200, 200)
    loop._optimiser = torch.optim.SGD(loop.model.parameters(), lr=0.1)
    loop._schedule = torch.optim.lr_scheduler.ConstantLR(loop._optimiser)
    loop.step, loop._mean, loop._best = 1, None, None
    loop._state_file.write_bytes(b"the state before")
    with pytest.raises(OSError, match="could not be written"):
        loop._save_state()
    assert loop._state_file.read_bytes() == b"the state before"
    assert visible(settings.TRAINING_DIR) == ["state.pt"]
