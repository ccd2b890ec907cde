import threading
from pathlib import Path

import pytest

from annotator import taggers
from annotator.domain.model_versions import activate, add_checkpoint, promote_model
from annotator.exceptions import ModelUnavailable
from annotator.models import ModelVersion
from ner_core.engines.fake import FakeTagger
from tests.checkpoints import build_tiny_checkpoint
from tests.factories import make_model_version
from tests.races import run_at_once


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> None:
    monkeypatch.setattr(taggers, "_loaded", None)
    settings.MODELS_DIR = tmp_path / "models"


def test_active_tagger_reads_with_the_active_version(db: None, tmp_path: Path):
    version = promote_model(add_checkpoint(build_tiny_checkpoint(tmp_path / "tiny")))
    tagger, active = taggers.active_tagger()
    assert active == version
    assert tagger.version == version.name
    assert len(tagger.tag(["Marée Haute", ""])) == 2


def test_active_tagger_without_a_model_says_what_to_do(db: None):
    with pytest.raises(ModelUnavailable) as caught:
        taggers.active_tagger()
    assert caught.value.code == "model_unavailable"


def test_active_tagger_refuses_files_of_another_version(db: None, tmp_path: Path):
    version = promote_model(add_checkpoint(build_tiny_checkpoint(tmp_path / "tiny")))
    home = tmp_path / "models" / version.directory
    home.rename(tmp_path / "models" / "aside")
    build_tiny_checkpoint(home, seed=9)
    with pytest.raises(ModelUnavailable) as caught:
        taggers.active_tagger()
    assert caught.value.code == "artifact_replaced"


def test_active_tagger_follows_a_promotion(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(taggers, "_load", lambda version: FakeTagger(version=version.name))
    monkeypatch.setattr(taggers, "RECHECK_SECONDS", 0.0)
    monkeypatch.setattr("annotator.domain.model_versions.require_files", lambda _version: None)
    promote_model(make_model_version("first", state="candidate"))
    assert taggers.active_tagger()[0].version == "first"
    promote_model(make_model_version("second", state="candidate"))
    assert taggers.active_tagger()[0].version == "second"


@pytest.mark.django_db(transaction=True)
def test_active_tagger_loads_once_for_two_threads(monkeypatch: pytest.MonkeyPatch):
    loads: list[str] = []

    def load(version: object) -> FakeTagger:
        loads.append(str(version))
        return FakeTagger()

    monkeypatch.setattr(taggers, "_load", load)
    make_model_version()
    (first, _), (second, _) = run_at_once(taggers.active_tagger, taggers.active_tagger)
    assert first is second
    assert len(loads) == 1


def test_the_shared_tagger_is_the_active_one_and_bounded(db: None, monkeypatch: pytest.MonkeyPatch, settings):
    settings.PREDICT_QUEUE, settings.PREDICT_PATIENCE_SECONDS = 7, 0.5
    monkeypatch.setattr(taggers, "_load", lambda _version: FakeTagger("fake"))
    make_model_version()
    shared = taggers.shared_tagger()
    assert shared.tag(["Ana Torres"]) == taggers.active_tagger()[0].tag(["Ana Torres"])
    batching = shared.tagger
    assert (shared.version, batching._most_waiting, batching._patience) == ("fake", 7, 0.5)
    assert taggers.shared_tagger() is shared


def test_what_the_shared_tagger_remembers_ends_with_a_promotion(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(taggers, "RECHECK_SECONDS", 0.0)
    loaded = {name: FakeTagger(name) for name in ("first", "second")}
    monkeypatch.setattr(taggers, "_load", lambda version: loaded[version.name])
    first, second = make_model_version(name="first"), make_model_version(name="second", state="candidate")
    for _time in range(2):
        taggers.shared_tagger().tag(["Ana Torres"])
    activate(second)
    for _time in range(2):
        taggers.shared_tagger().tag(["Ana Torres"])
    activate(first)
    taggers.shared_tagger().tag(["Ana Torres"])
    assert {name: len(tagger.calls) for name, tagger in loaded.items()} == {"first": 2, "second": 1}


def test_nobody_waits_or_fails_while_versions_change_under_load(monkeypatch: pytest.MonkeyPatch):
    """Each reading is by the version that its caller was told; a slow load holds up one thread alone."""
    monkeypatch.setattr(taggers, "RECHECK_SECONDS", 0.0)
    versions = {name: ModelVersion(pk=number, name=name) for number, name in enumerate(("first", "second"))}
    active = ["first"]
    monkeypatch.setattr(taggers, "active_version", lambda: versions[active[-1]])
    loading, go_on = threading.Event(), threading.Event()

    def load(version: object) -> FakeTagger:
        if str(version) == "second":
            loading.set()
            assert go_on.wait(30)
        return FakeTagger(version=str(version))

    monkeypatch.setattr(taggers, "_load", load)

    def serve() -> list[tuple[str, str]]:
        seen = [_told()]
        while not loading.is_set():
            seen.append(_told())
        return seen

    def promote() -> list[tuple[str, str]]:
        active.append("second")
        assert loading.wait(30)
        while_it_loads = [_told() for _time in range(20)]
        go_on.set()
        return while_it_loads

    assert _told() == ("first", "first")
    *served, meanwhile = run_at_once(serve, serve, promote)
    assert {pair for seen in served for pair in seen} <= {("first", "first"), ("second", "second")}
    assert set(meanwhile) == {("first", "first")}
    assert _told() == ("second", "second")


def _told() -> tuple[str, str]:
    tagger, version = taggers.active_tagger()
    return tagger.version, version.name
