"""Checkpoints that somebody made to do harm: each is refused with a code, quickly, and nothing in it is run."""

import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ner_core.artifacts import ArtifactCorrupt, ArtifactError, ArtifactIncompatible, adopt_checkpoint, load_artifact
from ner_core.tagger import load_tagger

WEIGHTS = "model.safetensors"
DEEP = '{"a":' * 100_000
INFINITY = float("inf")


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


def adopt(directory: Path) -> None:
    """As `models add` does it, up to a title that was read."""
    (directory / "lineup.json").unlink()
    adopt_checkpoint(directory, name="hostile")
    load_tagger(directory).tag(["Ana in Rome"])


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    "values",
    [
        {"max_position_embeddings": INFINITY},
        {"pad_token_id": INFINITY},
        {"pad_token_id": -5},
        {"hidden_size": INFINITY},
        {"hidden_size": "x"},
        {"num_attention_heads": 0},
        {"num_hidden_layers": 30_000_000},
        {"num_hidden_layers": -1},
        {"layer_norm_eps": "x"},
        {"layer_norm_eps": float("nan")},
        {"model_type": []},
        {"id2label": {"0": ["O"]}},
        {"id2label": {"x": "O"}},
    ],
    ids=str,
)
def test_a_config_with_impossible_values_is_refused(checkpoint: Path, values: dict):
    change(checkpoint / "config.json", **values)
    with pytest.raises(ArtifactIncompatible):
        adopt(checkpoint)


@pytest.mark.parametrize("name", ["config.json", "lineup.json", "tokenizer.json"])
@pytest.mark.parametrize(
    "content", [DEEP, "[" * 100_000, "null", "\x00", "9" * 10_000], ids=["objects", "lists", "null", "NUL", "number"]
)
def test_json_that_is_none_or_nested_too_deep_is_refused(checkpoint: Path, name: str, content: str):
    (checkpoint / name).write_text(content)
    with pytest.raises(ArtifactError):
        load_artifact(checkpoint) if name == "lineup.json" else adopt(checkpoint)


def header(size: int, text: bytes = b"{}") -> bytes:
    return size.to_bytes(8, "little") + text


def tensor(**told: object) -> bytes:
    text = json.dumps({"classifier.bias": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | told}).encode()
    return header(len(text), text) + b"\x00" * 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        header(2**63),
        header(200_000_000),
        header(len(DEEP), DEEP.encode()),
        tensor(shape=[2**40, 2**40]),
        tensor(data_offsets=[0, 10**15]),
        tensor(data_offsets=[4, 0]),
        tensor(dtype="O"),
    ],
    ids=[
        "empty",
        "endless header",
        "large header",
        "deep header",
        "overflow",
        "beyond the file",
        "backwards",
        "object type",
    ],
)
def test_safetensors_whose_header_lies_are_refused(checkpoint: Path, content: bytes):
    (checkpoint / WEIGHTS).write_bytes(content)
    with pytest.raises(ArtifactCorrupt, match="safetensors"):
        adopt(checkpoint)


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


def pickled(bomb: Bomb, path: Path) -> None:
    path.write_bytes(pickle.dumps(bomb))


def zipped(bomb: Bomb, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(bomb))


@pytest.mark.parametrize("pack", [pickled, zipped])
def test_a_pickle_under_the_name_of_safetensors_is_refused_and_never_run(
    checkpoint: Path, tmp_path: Path, pack: Callable
):
    pack(Bomb(tmp_path / "ran"), checkpoint / WEIGHTS)
    with pytest.raises(ArtifactCorrupt, match="safetensors"):
        adopt(checkpoint)
    assert not (tmp_path / "ran").exists()
    pickle.loads(pickle.dumps(Bomb(tmp_path / "ran")))  # noqa: S301  the bomb is a real one
    assert (tmp_path / "ran").exists()


def test_code_that_a_checkpoint_names_or_holds_is_never_run(checkpoint: Path, tmp_path: Path):
    change(
        checkpoint / "config.json",
        auto_map={"AutoModelForTokenClassification": "modeling_evil.Evil"},
        trust_remote_code=True,
    )
    for name in ("modeling_evil.py", "__init__.py", "conftest.py", "sitecustomize.py"):
        (checkpoint / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    adopt(checkpoint)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["config.json", WEIGHTS, "tokenizer.json"])
@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to(path.name), lambda path: path.symlink_to("gone")],
                         ids=["directory", "circle", "dangling"])  # fmt: skip
def test_what_is_no_file_is_as_good_as_missing(checkpoint: Path, name: str, make: Callable):
    (checkpoint / name).unlink()
    make(checkpoint / name)
    with pytest.raises(ArtifactError):
        adopt(checkpoint)
    with pytest.raises(ArtifactError):
        load_artifact(checkpoint)


@pytest.mark.parametrize(
    "values",
    [
        {"files": {"config.json": 5}},
        {"files": [["config.json", {}]]},
        {"files": {"a\x00b": {}}},
        {"calibration": {"temperature": 1, "spans": 5, "reading": None}},
        {"calibration": {"temperature": INFINITY, "spans": {}, "reading": None}},
        {"decoder": {"transitions": None, "pooling": "mean", "reranker": {"weights": 5, "candidates": 1}}},
        {"decoder": {"transitions": None, "pooling": "mean", "reranker": {"weights": {}, "candidates": INFINITY}}},
        {"scheme": {"kind": "BIO", "id2label": [["O"]]}},
        {"metrics": "x"},
        {"reliability": {"a": 1}},
        {"about": []},
    ],
    ids=str,
)
def test_a_manifest_with_values_of_the_wrong_kind_is_refused(checkpoint: Path, values: dict):
    change(checkpoint / "lineup.json", **values)
    with pytest.raises(ArtifactError):
        load_artifact(checkpoint)
