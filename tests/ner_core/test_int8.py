"""Products in 8-bit integers: near the exact ones, only where somebody measured them, and never half of it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ner_core.engines.openvino as fast
from ner_core.artifacts import (
    INT8,
    ArtifactCorrupt,
    ArtifactIncompatible,
    load_artifact,
    rewrite_manifest,
    write_manifest,
)
from ner_core.engines import make_engine
from ner_core.engines.int8 import LEVELS, Rounding, can_multiply, input_of, round_inputs, round_weights, write_roundings
from ner_core.engines.weights import read_weights
from ner_core.faithfulness import Faithfulness
from ner_core.labels import LabelScheme
from ner_core.synthetic import Example
from ner_core.tagger import load_tagger
from ner_core.training import int8 as finding
from ner_core.training.int8 import FEWEST, add_int8
from tests.checkpoints import SENTENCES

MEASURED = Faithfulness(titles=400, same=0.995, moved=0.004, f1=(0.88, 0.88), ece=(0.03, 0.03))
BATCH = [[5, 20, 21, 6], [5, *range(20, 60), 6]]


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (fast, finding):  # whatever processor the tests run on
        monkeypatch.setattr(module, "can_multiply", lambda: True)
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


def gold_of(directory: Path, count: int = FEWEST) -> list[Example]:
    texts = [f"{SENTENCES[at % len(SENTENCES)]} {at}" for at in range(count)]
    readings = load_tagger(directory, threads=1, engine="openvino-float").tag(texts)
    return [Example(text, reading.spans) for text, reading in zip(texts, readings, strict=True)]


def accept_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights of a tiny checkpoint are random and large: its readings move more than those of a trained one."""
    monkeypatch.setattr(finding, "MOST_LOST", 9.0)
    monkeypatch.setattr(Faithfulness, "holds", property(lambda self: self.titles > 0))


@given(st.floats(-9, 0), st.floats(0.01, 9))
def test_zero_is_one_of_the_levels_and_no_input_moves_by_more_than_half_a_step(low: float, high: float):
    rounding = Rounding(np.ones(1, dtype=np.float32), low, high)
    step = (high - low) / (LEVELS - 1)
    first, last = rounding.grid
    assert first <= 0 <= last
    assert abs(last - first - (high - low)) < 1e-9
    inputs = np.linspace(first, last, 77)
    assert np.abs(round_inputs(inputs, rounding) - inputs).max() <= step / 2 + 1e-9
    assert abs(round_inputs(np.zeros(1), rounding)[0]) < 1e-9


def test_rounded_weights_are_near_the_smoothed_ones_row_by_row():
    weights = np.random.default_rng(1).normal(size=(6, 8)) * np.logspace(-3, 3, 6)[:, None]
    weights[2] = 0
    smooth = np.linspace(0.5, 2, 8, dtype=np.float32)
    rounded, scales = round_weights(weights, smooth)
    assert rounded.dtype == np.int8
    assert (np.abs(rounded * scales - weights * smooth) <= scales / 2 * 1.001).all()


def test_queries_keys_and_values_have_one_input():
    layer = "roberta.encoder.layer.3"
    assert input_of(f"{layer}.attention.self.key") == f"{layer}.attention.self"
    assert input_of(f"{layer}.attention.output.dense") == f"{layer}.attention.output.dense"


def test_a_checkpoint_that_reads_the_same_gets_its_roundings(checkpoint: Path, monkeypatch: pytest.MonkeyPatch):
    accept_all(monkeypatch)
    before, gold = load_artifact(checkpoint), gold_of(checkpoint)
    artifact, measured = add_int8(before, SENTENCES, gold)
    assert measured == artifact.int8 == load_artifact(checkpoint).int8
    assert (measured.titles, measured.f1[0]) == (FEWEST, 1.0)
    assert artifact.fingerprint != before.fingerprint
    exact, rounded = (make_engine(name, artifact, threads=1).logits(BATCH) for name in ("openvino-float", "openvino"))
    moved = max(np.abs(one - other).max() for one, other in zip(exact, rounded, strict=True))
    assert 0 < moved < 0.5
    again, _measured = add_int8(artifact, SENTENCES, gold)
    assert again.fingerprint == artifact.fingerprint


def test_one_that_reads_otherwise_stays_as_it_is(checkpoint: Path, monkeypatch: pytest.MonkeyPatch):
    accept_all(monkeypatch)
    monkeypatch.setattr(Faithfulness, "holds", property(lambda _self: False))
    before = load_artifact(checkpoint)
    artifact, measured = add_int8(before, SENTENCES, gold_of(checkpoint))
    assert (artifact, measured.titles) == (before, FEWEST)
    assert not (checkpoint / INT8).exists()
    assert load_artifact(checkpoint).int8 is None


def test_what_loses_most_for_its_products_is_left_out_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(finding, "MOST_LOST", 4.0)
    rounding = Rounding(np.ones(1, dtype=np.float32), -1.0, 1.0)
    found = {name: finding._Found(rounding, 0.0, products) for name, products in (("a", 1), ("b", 4), ("c", 1))}
    kept = [sorted(one) for one in finding._narrowing(found, {"a": 2.0, "b": 3.2, "c": 0.5})]
    assert kept == [["b", "c"], ["c"]]


@pytest.mark.parametrize("why", ["few", "no titles", "no such products"])
def test_without_titles_or_such_a_processor_nothing_is_measured(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, why: str
):
    monkeypatch.setattr(finding, "can_multiply", lambda: why != "no such products")
    artifact, gold = load_artifact(checkpoint), gold_of(checkpoint, FEWEST - (why == "few"))
    assert add_int8(artifact, [] if why == "no titles" else SENTENCES, gold) == (artifact, None)


def rounded_all(checkpoint: Path) -> dict[str, Rounding]:
    weights = read_weights(load_artifact(checkpoint))
    names = {
        input_of(name.removesuffix(".weight")): table.shape[1] for name, table in weights.items() if table.ndim == 2
    }
    return {
        name: Rounding(np.ones(columns, dtype=np.float32), -4.0, 4.0)
        for name, columns in names.items()
        if "encoder" in name
    }


def test_a_processor_without_such_products_reads_in_floating_point(checkpoint: Path, monkeypatch: pytest.MonkeyPatch):
    write_roundings(checkpoint, rounded_all(checkpoint))
    manifest = json.loads((checkpoint / "lineup.json").read_text())
    artifact = write_manifest(checkpoint, name=manifest["name"], scheme=LabelScheme.bio(), int8=MEASURED)
    exact = make_engine("openvino-float", artifact, threads=1).logits(BATCH)
    assert not np.array_equal(make_engine("openvino", artifact, threads=1).logits(BATCH)[0], exact[0])
    monkeypatch.setattr(fast, "can_multiply", lambda: False)
    assert np.array_equal(make_engine("openvino", artifact, threads=1).logits(BATCH)[0], exact[0])


def test_roundings_that_nobody_measured_are_refused(checkpoint: Path):
    """A kill between the two files leaves this; what made the checkpoint makes it again."""
    artifact = load_artifact(checkpoint)
    write_roundings(checkpoint, rounded_all(checkpoint))
    with pytest.raises(ArtifactCorrupt, match="does not list"):
        load_artifact(checkpoint)
    with pytest.raises(ArtifactIncompatible, match="nobody measured"):
        rewrite_manifest(artifact)
    assert rewrite_manifest(replace(artifact, int8=MEASURED), name="other").int8 == MEASURED


@pytest.mark.parametrize("damage", ["bytes", "shape", "name", "negative", "half"])
def test_damaged_roundings_are_refused(checkpoint: Path, damage: str):
    roundings = rounded_all(checkpoint)
    name, first = next(iter(roundings.items()))
    if damage == "shape":
        roundings[name] = first._replace(smooth=first.smooth[:-1])
    elif damage == "name":
        roundings["roberta.encoder.layer.99.output.dense"] = first
    elif damage == "negative":
        roundings[name] = first._replace(smooth=-first.smooth)
    elif damage == "half":
        roundings[name] = first._replace(low=1.0)
    write_roundings(checkpoint, roundings)
    if damage == "bytes":
        (checkpoint / INT8).write_bytes(b"\x09" * 99)
    artifact = write_manifest(checkpoint, name="damaged", scheme=LabelScheme.bio(), int8=MEASURED)
    with pytest.raises(ArtifactCorrupt, match=INT8):
        make_engine("openvino", artifact, threads=1)


@pytest.mark.parametrize(
    ("told", "can"), [("flags : fma avx512_vnni avx2", True), ("flags : avx_vnni", True), ("flags : avx2", False)]
)
def test_processors_tell_whether_they_gain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, can: bool):  # noqa: FBT001
    from ner_core.engines import int8

    (tmp_path / "cpuinfo").write_text(told)
    monkeypatch.setattr(int8, "_CPU_INFO", tmp_path / "cpuinfo")
    assert can_multiply() is can
    monkeypatch.setattr(int8, "_CPU_INFO", tmp_path / "nothing")
    assert can_multiply() is False
