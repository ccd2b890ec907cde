"""Model versions: added whole or not at all, one active at any time."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from annotator.domain import model_versions
from annotator.domain.model_versions import (
    activate,
    add_checkpoint,
    checkpoint_directory,
    ensure_starter,
    promote_model,
)
from annotator.enums import ModelOrigin, ModelState
from annotator.exceptions import InvalidCheckpoint, ModelUnavailable
from annotator.models import ModelVersion
from ner_core.artifacts import load_artifact
from ner_core.faithfulness import Faithfulness
from ner_core.tagger import load_tagger
from tests.checkpoints import build_tiny_checkpoint
from tests.factories import make_model_version
from tests.races import run_at_once

TEXTS = ["Marée Haute - Nîmes", "The Paper Foxes"]


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


@pytest.fixture
def any_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests about states alone: versions need no files."""
    monkeypatch.setattr(model_versions, "require_files", lambda _version: None)


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


def test_add_checkpoint_follows_the_links_of_a_hub_cache(db: None, public: Path, tmp_path: Path):
    linked = tmp_path / "camembert-ner"
    linked.mkdir()
    for path in public.iterdir():
        (linked / path.name).symlink_to(path)
    assert add_checkpoint(linked) == add_checkpoint(public)


def test_add_checkpoint_leaves_out_what_no_checkpoint_needs(db: None, public: Path, tmp_path: Path):
    directory = shutil.copytree(public, tmp_path / "camembert-ner")
    (directory / "optimizer.pt").write_bytes(b"not ours")
    version = add_checkpoint(directory)
    assert not (checkpoint_directory(version) / "optimizer.pt").exists()


def test_add_checkpoint_gives_a_checkpoint_with_manifest_another_name(db: None, tiny: Path):
    assert add_checkpoint(tiny).name.startswith("tiny@")
    version = add_checkpoint(tiny, name="spring")
    assert version.name.startswith("spring@")
    assert load_tagger(checkpoint_directory(version)).tag(TEXTS) == load_tagger(tiny).tag(TEXTS)


def test_add_checkpoint_refuses_weights_that_do_not_fit(db: None, public: Path, models_dir: Path, tmp_path: Path):
    directory = shutil.copytree(public, tmp_path / "bent")
    _change_config(directory, {"hidden_size": 64})
    with pytest.raises(InvalidCheckpoint) as caught:
        add_checkpoint(directory)
    assert caught.value.code == "artifact_incompatible"
    assert str(models_dir) not in caught.value.message
    assert list(models_dir.iterdir()) == []


def test_add_checkpoint_refuses_a_name_that_is_none(db: None, public: Path):
    with pytest.raises(InvalidCheckpoint) as caught:
        add_checkpoint(public, name="../elsewhere")
    assert (caught.value.code, caught.value.field) == ("unusable_name", "name")


def test_add_checkpoint_mends_a_damaged_copy(db: None, public: Path):
    version = add_checkpoint(public)
    (checkpoint_directory(version) / "model.safetensors").write_bytes(b"half of i")
    assert add_checkpoint(public) == version
    model_versions.require_files(version)


@pytest.mark.django_db(transaction=True)
def test_add_checkpoint_by_two_at_once_is_one_row(public: Path, models_dir: Path):
    answers = run_at_once(lambda: add_checkpoint(public), lambda: add_checkpoint(public))
    assert answers == [ModelVersion.objects.get()] * 2
    assert [path.name for path in models_dir.iterdir()] == [answers[0].directory]


def test_add_checkpoint_after_a_kill_half_way(
    db: None, monkeypatch: pytest.MonkeyPatch, public: Path, models_dir: Path
):
    """Killed after the files are in place and before the row is; an old rest of another kill lies about."""
    abandoned = models_dir / ".incoming-old"
    abandoned.mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(model_versions, "_register", _die)
        with pytest.raises(KeyboardInterrupt):
            add_checkpoint(public)
    version = add_checkpoint(public)
    assert [path.name for path in models_dir.iterdir()] == [version.directory]


def _die(*args: object, **kwargs: object) -> None:
    raise KeyboardInterrupt


def _change_config(directory: Path, changes: dict) -> None:
    config = json.loads((directory / "config.json").read_text())
    (directory / "config.json").write_text(json.dumps(config | changes))


def _relabel(directory: Path, id2label: dict) -> None:
    _change_config(directory, {"id2label": id2label})


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


def test_promote_and_roll_back_keep_exactly_one_active(db: None, any_files: None):
    first = make_model_version("first")
    first = promote_model(first)
    second = promote_model(make_model_version("second", state=ModelState.CANDIDATE))
    assert promote_model(second) == second
    first.refresh_from_db()
    assert (first.state, second.state) == (ModelState.RETIRED, ModelState.ACTIVE)


def test_rollback_returns_to_the_version_before(db: None, any_files: None):
    for name in ("first", "second"):
        promote_model(make_model_version(name, state=ModelState.CANDIDATE))
    assert model_versions.rollback_model().name == "first"
    assert ModelVersion.objects.get(state=ModelState.ACTIVE).name == "first"


def test_two_rollbacks_at_once_are_one(db: None, monkeypatch: pytest.MonkeyPatch, any_files: None):
    for name in ("first", "second"):
        promote_model(make_model_version(name, state=ModelState.CANDIDATE))

    def meanwhile(version: ModelVersion) -> None:
        monkeypatch.setattr(model_versions, "require_files", lambda _version: None)
        model_versions.rollback_model()

    monkeypatch.setattr(model_versions, "require_files", meanwhile)
    assert model_versions.rollback_model().name == "first"
    assert model_versions.active_version().name == "first"


def test_promotion_and_rollback_refuse_files_that_are_gone_or_others(db: None, settings, tiny: Path, tmp_path: Path):
    """An upgrade replaced the old built-in checkpoint's files: going back to it would leave the desk without a model."""
    settings.STARTER_DIR = tiny
    ensure_starter()
    settings.STARTER_DIR = build_tiny_checkpoint(tmp_path / "newer", seed=8)
    new = ensure_starter()
    with pytest.raises(ModelUnavailable) as caught:
        model_versions.rollback_model()
    assert caught.value.code == "artifact_replaced"
    gone = make_model_version("gone", state=ModelState.CANDIDATE, origin=ModelOrigin.ADDED)
    with pytest.raises(ModelUnavailable) as caught:
        promote_model(gone)
    assert caught.value.code == "artifact_missing"
    assert model_versions.active_version() == new


def test_rollback_without_a_former_version_is_refused(db: None):
    make_model_version()
    with pytest.raises(ModelUnavailable) as caught:
        model_versions.rollback_model()
    assert caught.value.code == "no_former_model"


@pytest.mark.django_db(transaction=True)
def test_two_promotions_at_once_leave_one_active(any_files: None):
    versions = [make_model_version(name, state=ModelState.CANDIDATE) for name in ("a", "b")]
    answers = run_at_once(*[lambda version=version: promote_model(version) for version in versions])
    assert sorted(answer.name for answer in answers) == ["a", "b"]
    assert ModelVersion.objects.filter(state=ModelState.ACTIVE).count() == 1


@pytest.mark.parametrize("engine", ["openvino", "openvino-float"])
def test_a_version_that_reads_otherwise_in_8_bit_integers_is_not_made_active(
    db: None, settings, tiny: Path, monkeypatch: pytest.MonkeyPatch, engine: str
):
    """What was measured is stored with the checkpoint; where nothing is read in integers it does not matter."""
    settings.TAGGER_ENGINE, settings.STARTER_DIR = "openvino-float", tiny
    version = ensure_starter()
    other = make_model_version("other", state=ModelState.CANDIDATE)
    activate(other)
    short = Faithfulness(titles=300, same=0.98, moved=0.01, f1=(0.88, 0.88), ece=(0.03, 0.03))
    found = replace(load_artifact(tiny), int8=short)
    monkeypatch.setattr(model_versions, "load_artifact", lambda _directory: found)
    settings.TAGGER_ENGINE = engine
    if engine == "openvino":
        with pytest.raises(ModelUnavailable) as caught:
            promote_model(version)
        assert caught.value.code == "int8_differs"
        assert "98 %" in caught.value.message
        assert model_versions.active_version() == other
    else:
        assert promote_model(version).state == ModelState.ACTIVE
