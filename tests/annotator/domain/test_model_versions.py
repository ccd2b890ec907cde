"""Model versions: added whole or not at all, one active at any time."""

import json
from pathlib import Path

import pytest

from annotator.domain import model_versions
from annotator.domain.model_versions import add_checkpoint, checkpoint_directory, ensure_starter, promote_model
from annotator.enums import ModelOrigin, ModelState
from annotator.exceptions import InvalidCheckpoint, ModelUnavailable
from annotator.models import ModelVersion
from tests.checkpoints import build_tiny_checkpoint
from tests.factories import make_model_version
from tests.races import run_at_once


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "tiny")


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Like the public checkpoint: labels without B-, no manifest."""
    return build_tiny_checkpoint(tmp_path_factory.mktemp("checkpoints") / "camembert-ner", "IO", manifest=False)


@pytest.fixture(autouse=True)
def models_dir(settings, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return settings.MODELS_DIR


def test_add_checkpoint_copies_and_registers_a_candidate(db: None, public: Path, models_dir: Path):
    version = add_checkpoint(public)
    assert version.name.startswith("camembert-ner@")
    assert (version.state, version.origin, version.calibrated) == (ModelState.CANDIDATE, ModelOrigin.ADDED, False)
    assert checkpoint_directory(version).parent == models_dir
    assert (checkpoint_directory(version) / "lineup.json").exists()
    assert not (public / "lineup.json").exists()


def test_add_checkpoint_twice_is_one_row(db: None, public: Path, models_dir: Path):
    assert add_checkpoint(public) == add_checkpoint(public)
    assert ModelVersion.objects.count() == 1
    assert len(list(models_dir.iterdir())) == 1


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda d: (d / "config.json").unlink(), "artifact_missing"),
        (lambda d: (d / "model.safetensors").rename(d / "pytorch_model.bin"), "artifact_incompatible"),
        (lambda d: _relabel(d, {"0": "O", "1": "CAT"}), "artifact_incompatible"),
    ],
    ids=["no config", "pickled weights", "foreign labels"],
)
def test_add_checkpoint_refuses_and_leaves_nothing(db: None, tmp_path: Path, models_dir: Path, spoil, code: str):
    directory = build_tiny_checkpoint(tmp_path / "bad", manifest=False)
    spoil(directory)
    with pytest.raises(InvalidCheckpoint) as caught:
        add_checkpoint(directory)
    assert caught.value.code == code
    assert list(models_dir.iterdir()) == []
    assert not ModelVersion.objects.exists()


def _relabel(directory: Path, id2label: dict) -> None:
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | {"id2label": id2label}))


def test_add_checkpoint_of_no_directory_says_so(db: None, tmp_path: Path):
    with pytest.raises(InvalidCheckpoint) as caught:
        add_checkpoint(tmp_path / "nowhere")
    assert caught.value.code == "artifact_missing"


def test_ensure_starter_registers_and_activates_once(db: None, settings, tiny: Path):
    settings.STARTER_DIR = tiny
    assert ensure_starter() == ensure_starter()
    version = ModelVersion.objects.get()
    assert (version.origin, version.state) == (ModelOrigin.STARTER, ModelState.ACTIVE)
    assert checkpoint_directory(version) == tiny


def test_ensure_starter_leaves_another_active_version_alone(db: None, settings, tiny: Path):
    active = make_model_version(origin=ModelOrigin.ADDED)
    settings.STARTER_DIR = tiny
    assert ensure_starter().state == ModelState.CANDIDATE
    assert model_versions.active_version() == active


def test_ensure_starter_follows_an_upgrade_of_the_built_in_checkpoint(db: None, settings, tiny: Path, tmp_path: Path):
    settings.STARTER_DIR = tiny
    old = ensure_starter()
    settings.STARTER_DIR = build_tiny_checkpoint(tmp_path / "newer", seed=8)
    new = ensure_starter()
    old.refresh_from_db()
    assert (old.state, new.state) == (ModelState.RETIRED, ModelState.ACTIVE)


def test_ensure_starter_names_what_is_wrong(db: None, settings, tmp_path: Path):
    settings.STARTER_DIR = tmp_path / "gone"
    with pytest.raises(ModelUnavailable) as caught:
        ensure_starter()
    assert caught.value.code == "artifact_missing"


def test_promote_and_roll_back_keep_exactly_one_active(db: None):
    first = make_model_version("first")
    first = promote_model(first)
    second = promote_model(make_model_version("second", state=ModelState.CANDIDATE))
    assert promote_model(second) == second
    first.refresh_from_db()
    assert (first.state, second.state) == (ModelState.RETIRED, ModelState.ACTIVE)


def test_rollback_returns_to_the_version_before(db: None):
    for name in ("first", "second"):
        promote_model(make_model_version(name, state=ModelState.CANDIDATE))
    assert model_versions.rollback_model().name == "first"
    assert ModelVersion.objects.get(state=ModelState.ACTIVE).name == "first"


def test_rollback_without_a_former_version_is_refused(db: None):
    make_model_version()
    with pytest.raises(ModelUnavailable) as caught:
        model_versions.rollback_model()
    assert caught.value.code == "no_former_model"


@pytest.mark.django_db(transaction=True)
def test_two_promotions_at_once_leave_one_active():
    versions = [make_model_version(name, state=ModelState.CANDIDATE) for name in ("a", "b")]
    answers = run_at_once(*[lambda version=version: promote_model(version) for version in versions])
    assert sorted(answer.name for answer in answers) == ["a", "b"]
    assert ModelVersion.objects.filter(state=ModelState.ACTIVE).count() == 1
