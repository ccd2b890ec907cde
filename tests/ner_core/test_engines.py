import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from ner_core.artifacts import ArtifactCorrupt, ArtifactIncompatible, load_artifact, write_manifest
from ner_core.engines import ENGINES, Engine, make_engine
from ner_core.engines.torch import import_transformers
from ner_core.labels import LabelScheme
from ner_core.tagger import load_tagger
from tests.checkpoints import SENTENCES

BIO = LabelScheme.bio()
ATOL = {
    "torch": 1e-4,
    "openvino": 0.1,
    "openvino-float": 0.1,
}  # of logits; OpenVINO computes in bfloat16 on processors that have it


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


def change_weights(directory: Path, change) -> None:
    from safetensors.torch import load_file, save_file

    path = directory / "model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path, metadata={"format": "pt"})
    write_manifest(directory, name="changed", scheme=BIO)


def change_config(directory: Path, **changes: object) -> None:
    path = directory / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    write_manifest(directory, name="changed", scheme=BIO)


@pytest.fixture(params=ENGINES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_logits_do_not_depend_on_padding_or_company(tiny_checkpoint: Path, name: str):
    engine = make_engine(name, load_artifact(tiny_checkpoint), threads=1)
    short, long = [5, 20, 21, 6], [5, *range(20, 60), 6]

    together = engine.logits([short, long, short])

    assert [logits.shape for logits in together] == [(4, 11), (42, 11), (4, 11)]
    assert together[0].dtype == np.float32
    assert np.allclose(together[0], engine.logits([short])[0], atol=ATOL[name])
    assert np.allclose(together[1], engine.logits([long])[0], atol=ATOL[name])
    assert np.array_equal(together[0], together[2])
    assert engine.logits([]) == []


@pytest.mark.parametrize("precision", ["half", "bfloat16"])
def test_weights_of_half_precision_are_read(checkpoint: Path, tiny_checkpoint: Path, name: str, precision: str):
    change_weights(
        checkpoint, lambda weights: weights.update({key: getattr(value, precision)() for key, value in weights.items()})
    )

    half, full = (load_tagger(directory, threads=1, engine=name) for directory in (checkpoint, tiny_checkpoint))

    assert (checkpoint / "model.safetensors").stat().st_size < 0.6 * (
        tiny_checkpoint / "model.safetensors"
    ).stat().st_size
    for one, other in zip(half.read_logits(SENTENCES), full.read_logits(SENTENCES), strict=True):
        assert np.allclose(one.logits, other.logits, atol=2 * ATOL[name] + {"half": 0.05, "bfloat16": 0.4}[precision])


@pytest.mark.parametrize("key", ["classifier.weight", "roberta.encoder.layer.0.attention.self.query.bias"])
def test_missing_weights_are_refused_by_name(checkpoint: Path, key: str):
    change_weights(checkpoint, lambda weights: weights.pop(key))

    with pytest.raises(ArtifactIncompatible, match=f"lacks weights: {key}"):
        load_tagger(checkpoint)


def test_unknown_weights_are_refused_by_name(checkpoint: Path):
    change_weights(checkpoint, lambda weights: weights.update({"crf.transitions": weights["classifier.bias"].clone()}))

    with pytest.raises(ArtifactIncompatible, match=r"unknown weights: crf\.transitions"):
        load_tagger(checkpoint)


def test_leftovers_of_older_checkpoints_are_ignored(checkpoint: Path):
    import torch

    leftovers = {
        "roberta.embeddings.position_ids": torch.arange(66)[None],
        "roberta.pooler.dense.weight": torch.zeros(32, 32),
        "roberta.pooler.dense.bias": torch.zeros(32),
    }
    change_weights(checkpoint, lambda weights: weights.update(leftovers))

    assert load_tagger(checkpoint, threads=1).labels == BIO.span_labels


def test_weights_of_another_size_are_refused(checkpoint: Path):
    change_config(checkpoint, hidden_size=64)

    with pytest.raises(ArtifactIncompatible):
        load_tagger(checkpoint)


def test_another_kind_of_model_is_refused(checkpoint: Path):
    change_config(checkpoint, model_type="distilbert")

    with pytest.raises(ArtifactIncompatible, match="'distilbert' model; this program reads camembert"):
        load_tagger(checkpoint)


def test_weights_that_are_no_safetensors_are_corrupt(checkpoint: Path):
    (checkpoint / "model.safetensors").write_bytes(b"\x10" * 4096)
    write_manifest(checkpoint, name="changed", scheme=BIO)

    with pytest.raises(ArtifactCorrupt, match="cannot be read"):
        load_tagger(checkpoint)


def test_a_tokenizer_that_is_no_tokenizer_is_corrupt(checkpoint: Path):
    (checkpoint / "tokenizer.json").write_text("{}")
    write_manifest(checkpoint, name="changed", scheme=BIO)

    with pytest.raises(ArtifactCorrupt, match="is not a tokenizer"):
        load_tagger(checkpoint)


def test_a_sentencepiece_model_that_is_none_is_corrupt(checkpoint: Path):
    (checkpoint / "tokenizer.json").unlink()
    (checkpoint / "sentencepiece.bpe.model").write_bytes(b"not a model")
    write_manifest(checkpoint, name="changed", scheme=BIO)

    with pytest.raises(ArtifactCorrupt, match="cannot be read as a SentencePiece model"):
        load_tagger(checkpoint)


def test_threads_may_import_load_and_read_together(tiny_checkpoint: Path, name: str):
    artifact, batch = load_artifact(tiny_checkpoint), [[5, *range(20, 50), 6], [5, 20, 6]]
    alone = make_engine(name, artifact, threads=1).logits(batch)
    shared = make_engine(name, artifact, threads=1)
    answers: list[list[np.ndarray]] = []

    def work() -> None:
        import_transformers()
        engine: Engine = make_engine(name, artifact, threads=1)
        answers.extend([engine.logits(batch), *(shared.logits(batch) for _ in range(20))])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 4 * 21
    assert all(np.array_equal(one, other) for found in answers for one, other in zip(found, alone, strict=True))


def test_what_was_answered_does_not_change_with_the_next_call(tiny_checkpoint: Path, name: str):
    engine = make_engine(name, load_artifact(tiny_checkpoint), threads=1)
    first = engine.logits([[5, 20, 21, 6]])[0]
    kept = first.copy()
    engine.logits([[5, 40, 41, 6]])
    assert np.array_equal(first, kept)


def test_logits_are_those_of_transformers(tiny_checkpoint: Path, name: str):
    import torch
    from transformers import CamembertForTokenClassification

    batch = [[5, *range(20, 50), 6], [5, 20, 6]]
    ours = make_engine(name, load_artifact(tiny_checkpoint), threads=1).logits(batch)
    theirs = CamembertForTokenClassification.from_pretrained(tiny_checkpoint, local_files_only=True).eval()
    with torch.inference_mode():
        for pieces, logits in zip(batch, ours, strict=True):
            assert np.allclose(theirs(torch.tensor([pieces])).logits[0].numpy(), logits, atol=ATOL[name])


def test_an_unknown_engine_is_refused_by_name(tiny_checkpoint: Path):
    with pytest.raises(ValueError, match="no engine 'abacus': use one of openvino, openvino-float, torch"):
        load_tagger(tiny_checkpoint, engine="abacus")
