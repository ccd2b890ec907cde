"""`manage.py models`."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.models import ModelVersion
from tests.checkpoints import build_tiny_checkpoint
from tests.factories import make_model_version


@pytest.fixture(autouse=True)
def models_dir(settings, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path / "models"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("models", *arguments, stdout=out)
    return out.getvalue()


def test_models_add_promote_list_and_roll_back(db: None, tmp_path: Path):
    for seed, name in enumerate(("one", "two")):
        build_tiny_checkpoint(tmp_path / name, seed=seed, name=name, manifest=False)
        assert "active" in run("add", str(tmp_path / name), "--promote")
    assert run("rollback").startswith("one@")
    assert "retired" in run("list")
    assert run("promote", "two").startswith("two@")
    assert ModelVersion.objects.get(state="active").name.startswith("two@")


def test_models_refuses_with_the_code(db: None, tmp_path: Path):
    with pytest.raises(CommandError, match=r"\[artifact_missing\]"):
        run("add", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match=r"\[unknown_model\]"):
        run("promote", "nobody")


def test_models_pull_says_when_the_hub_is_out_of_reach(
    db: None, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(CommandError, match=r"models add DIR \[hub_unreachable\]"):
        run("pull", "Jean-Baptiste/camembert-ner-with-dates")
    assert list(settings.MODELS_DIR.iterdir()) == []
    assert not ModelVersion.objects.exists()


def test_models_pull_adopts_what_the_hub_gives(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    import shutil

    source = build_tiny_checkpoint(tmp_path / "remote", "IO", manifest=False)

    def fetch(repository: str, directory: Path) -> None:
        assert repository == "Jean-Baptiste/camembert-ner-with-dates"
        shutil.copytree(source, directory, dirs_exist_ok=True)

    monkeypatch.setattr("annotator.domain.model_versions.fetch_checkpoint", fetch)
    assert run("pull", "Jean-Baptiste/camembert-ner-with-dates").startswith("camembert-ner-with-dates@")
    assert ModelVersion.objects.get().origin == "pulled"


def test_models_list_names_every_state(db: None):
    make_model_version("old", state="retired")
    make_model_version("new")
    assert [line.split("\t")[:2] for line in run("list").splitlines()] == [["new", "active"], ["old", "retired"]]
