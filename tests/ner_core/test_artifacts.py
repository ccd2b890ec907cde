import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ner_core import files
from ner_core.artifacts import (
    ArtifactCorrupt,
    ArtifactIncompatible,
    ArtifactMissing,
    adopt_checkpoint,
    load_artifact,
    write_manifest,
)
from ner_core.calibration import Calibration, ScoreMap
from ner_core.files import write_json_atomic
from ner_core.labels import LabelScheme
from tests.checkpoints import build_tiny_checkpoint


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


def edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_load_artifact_reads_what_write_manifest_wrote(checkpoint: Path):
    calibration = Calibration(1.5, {"PER": ScoreMap(slope=0.8)}, ScoreMap(x=(0.0, 1.0), y=(0.2, 0.9)))
    transitions = np.arange(121.0).reshape(11, 11)

    written = write_manifest(
        checkpoint,
        name="nightjar-2",
        scheme=LabelScheme.bio(),
        calibration=calibration,
        transitions=transitions,
        pooling="mean",
        metrics={"micro": {"f1": 0.5}},
        reliability=[[0, 0.1, 3]],
        about={"recipe": "test"},
    )
    loaded = load_artifact(checkpoint)

    assert loaded.version == written.version
    assert loaded.version.startswith("nightjar-2@")
    assert len(loaded.version) == len("nightjar-2@") + 12
    assert loaded.calibration == calibration
    assert loaded.calibrated
    assert loaded.decoder.temperature == 1.5
    assert loaded.decoder.pooling == "mean"
    assert np.array_equal(loaded.decoder.transitions, transitions)
    assert loaded.scheme == LabelScheme.bio()
    assert (loaded.metrics, loaded.reliability, loaded.about) == (
        {"micro": {"f1": 0.5}},
        [[0, 0.1, 3]],
        {"recipe": "test"},
    )
    assert loaded.max_pieces == 64


def test_write_manifest_twice_changes_nothing(checkpoint: Path):
    first = write_manifest(checkpoint, name="same", scheme=LabelScheme.bio())
    content = (checkpoint / "lineup.json").read_bytes()

    assert write_manifest(checkpoint, name="same", scheme=LabelScheme.bio()).version == first.version
    assert (checkpoint / "lineup.json").read_bytes() == content


def test_the_version_follows_all_that_decides_a_reading(checkpoint: Path):
    bio = LabelScheme.bio()
    versions = {
        write_manifest(checkpoint, name="a", scheme=bio).version,
        write_manifest(checkpoint, name="a", scheme=bio, calibration=Calibration(2.0)).version,
        write_manifest(checkpoint, name="a", scheme=bio, transitions=np.zeros((11, 11))).version,
        write_manifest(checkpoint, name="a", scheme=bio, pooling="mean").version,
    }
    before = write_manifest(checkpoint, name="a", scheme=bio).version
    edit_json(checkpoint / "tokenizer_config.json", extra=1)

    assert len(versions) == 4
    assert write_manifest(checkpoint, name="a", scheme=bio, metrics={"f1": 1}).version not in versions
    assert write_manifest(checkpoint, name="a", scheme=bio).version != before


@pytest.mark.parametrize("scheme", ["BIO", "IO"])
def test_adopt_checkpoint_infers_the_scheme_and_says_that_scores_are_raw(tmp_path: Path, scheme: str):
    directory = build_tiny_checkpoint(tmp_path, scheme, manifest=False)
    with pytest.raises(ArtifactMissing, match="models add"):
        load_artifact(directory)

    adopted = adopt_checkpoint(directory, name="public")

    assert adopted.scheme.kind == scheme
    assert adopted.calibrated is False
    assert load_artifact(directory).version == adopted.version


@pytest.mark.parametrize(
    ("id2label", "named"),
    [
        ({"0": "O", "1": "PER", "2": "PRODUCT"}, "PRODUCT"),
        ({"0": "LABEL_0", "1": "LABEL_1"}, "LABEL_0"),
        (None, "O and"),
    ],
)
def test_adopt_checkpoint_refuses_labels_that_are_not_ours_and_names_them(
    checkpoint: Path, id2label: object, named: str
):
    edit_json(checkpoint / "config.json", id2label=id2label)
    (checkpoint / "lineup.json").unlink()

    with pytest.raises(ArtifactIncompatible, match=named):
        adopt_checkpoint(checkpoint, name="public")

    assert not (checkpoint / "lineup.json").exists()


@pytest.mark.parametrize("name", ["", ".", "../up", "a/b", "a b", "x" * 101, "café"])
def test_write_manifest_refuses_names_that_are_no_file_names(checkpoint: Path, name: str):
    with pytest.raises(ValueError, match="is no name for a checkpoint"):
        write_manifest(checkpoint, name=name, scheme=LabelScheme.bio())


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
def test_a_changed_file_is_corrupt(checkpoint: Path, name: str):
    content = bytearray((checkpoint / name).read_bytes())
    content[-1] ^= 1
    (checkpoint / name).write_bytes(content)

    with pytest.raises(ArtifactCorrupt, match=name):
        load_artifact(checkpoint)


def test_a_shortened_file_is_corrupt_even_without_hashing(checkpoint: Path):
    weights = checkpoint / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])

    with pytest.raises(ArtifactCorrupt, match=r"model\.safetensors"):
        load_artifact(checkpoint, verify=False)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
def test_a_lost_file_is_missing(checkpoint: Path, name: str):
    (checkpoint / name).unlink()

    with pytest.raises(ArtifactMissing, match=name):
        load_artifact(checkpoint)


def test_a_file_that_was_slipped_in_is_noticed(checkpoint: Path):
    (checkpoint / "added_tokens.json").write_text("{}")

    with pytest.raises(ArtifactCorrupt, match=r"added_tokens\.json"):
        load_artifact(checkpoint)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"},
        {"calibration": Calibration(9.0).to_dict()},
        {"decoder": {"transitions": None, "pooling": "mean"}},
        {"fingerprint": "0" * 64},
        {"decoder": {"transitions": [[1.0]], "pooling": "sum"}},
        {"decoder": {"transitions": None, "pooling": "max"}},
        {"decoder": None},
        {"calibration": {"temperature": -1, "spans": {}, "reading": None}},
        {"calibration": {}},
        {"calibration": {"temperature": 1, "spans": {}, "reading": {"kind": "isotonic", "x": [0, 1], "y": [1, 0]}}},
        {"scheme": {"kind": "BIOES", "id2label": ["O", "PER"]}},
        {"scheme": []},
        {"files": "all"},
    ],
)
def test_a_manifest_changed_by_hand_is_corrupt(checkpoint: Path, changes: dict):
    edit_json(checkpoint / "lineup.json", **changes)

    with pytest.raises(ArtifactCorrupt):
        load_artifact(checkpoint)


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "\ufeff{}"])
def test_a_manifest_that_is_no_json_object_is_corrupt(checkpoint: Path, content: str):
    (checkpoint / "lineup.json").write_text(content)

    with pytest.raises(ArtifactCorrupt):
        load_artifact(checkpoint)


def test_a_manifest_of_another_format_is_incompatible(checkpoint: Path):
    edit_json(checkpoint / "lineup.json", format_version=2)

    with pytest.raises(ArtifactIncompatible, match="format 2"):
        load_artifact(checkpoint)


@pytest.mark.parametrize("name", ["../config.json", "/etc/passwd", "sub/config.json", "run.py", ""])
def test_a_manifest_cannot_reach_out_of_its_directory(checkpoint: Path, name: str):
    manifest = json.loads((checkpoint / "lineup.json").read_text())
    edit_json(checkpoint / "lineup.json", files=manifest["files"] | {name: manifest["files"]["config.json"]})

    with pytest.raises(ArtifactIncompatible):
        load_artifact(checkpoint)


def test_a_link_out_of_the_directory_is_refused(checkpoint: Path, tmp_path: Path):
    outside = tmp_path / "outside.json"
    shutil.move(checkpoint / "config.json", outside)
    (checkpoint / "config.json").symlink_to(outside)

    with pytest.raises(ArtifactIncompatible, match="leads out of"):
        load_artifact(checkpoint)
    with pytest.raises(ArtifactIncompatible, match="leads out of"):
        adopt_checkpoint(checkpoint, name="linked")


def test_a_directory_may_itself_be_reached_by_a_link(checkpoint: Path, tmp_path: Path):
    (tmp_path / "current").symlink_to(checkpoint)

    assert load_artifact(tmp_path / "current").directory == checkpoint.resolve()


def test_pickled_weights_are_refused_with_the_way_out(checkpoint: Path):
    (checkpoint / "model.safetensors").rename(checkpoint / "pytorch_model.bin")

    with pytest.raises(
        ArtifactIncompatible, match=r"pytorch_model\.bin, which can run code.*convert them to model\.safetensors"
    ):
        adopt_checkpoint(checkpoint, name="old")


def test_pickles_beside_safetensors_are_never_part_of_the_artifact(checkpoint: Path):
    (checkpoint / "pytorch_model.bin").write_bytes(b"x")

    assert adopt_checkpoint(checkpoint, name="both").name == "both"
    assert "pytorch_model.bin" not in json.loads((checkpoint / "lineup.json").read_text())["files"]


def test_a_manifest_that_lists_a_pickle_is_refused(checkpoint: Path):
    manifest = json.loads((checkpoint / "lineup.json").read_text())
    edit_json(checkpoint / "lineup.json", files=manifest["files"] | {"pytorch_model.bin": {"sha256": "", "size": 1}})

    with pytest.raises(ArtifactIncompatible, match="can run code"):
        load_artifact(checkpoint)


def test_a_config_that_disagrees_with_the_scheme_is_incompatible(checkpoint: Path):
    with pytest.raises(ArtifactIncompatible, match="has classes"):
        write_manifest(checkpoint, name="other", scheme=LabelScheme.io())


@pytest.mark.parametrize(
    "changes", [{"max_position_embeddings": None}, {"max_position_embeddings": 2}, {"id2label": 5}]
)
def test_a_config_without_positions_or_labels_is_incompatible(checkpoint: Path, changes: dict):
    edit_json(checkpoint / "config.json", **changes)

    with pytest.raises(ArtifactIncompatible):
        write_manifest(checkpoint, name="other", scheme=LabelScheme.bio())


def test_a_path_that_is_no_directory_is_missing(tmp_path: Path):
    with pytest.raises(ArtifactMissing, match="not a directory"):
        load_artifact(tmp_path / "nowhere")


def test_write_json_atomic_keeps_the_old_file_when_it_fails_half_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "lineup.json"
    write_json_atomic(path, {"old": True})

    def cut(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(files.os, "fsync", cut)
    with pytest.raises(OSError, match="no space"):
        write_json_atomic(path, {"new": True})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json_atomic(path, {"new": float("nan")})

    assert json.loads(path.read_text()) == {"old": True}
    assert list(tmp_path.iterdir()) == [path]
