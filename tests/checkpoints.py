"""Tiny checkpoints that are real in every respect but quality: a trained tokenizer, random CamemBERT weights, a manifest."""

from pathlib import Path
from typing import Literal

from ner_core.artifacts import Artifact, write_manifest
from ner_core.calibration import Calibration
from ner_core.labels import LabelScheme

SENTENCES = (
    "Les Ombres Bleues en concert à l'Olympia, Paris, vendredi 12 mai 2019 à 20h30",
    "Marée Haute & Kassandra Vey - Tournée d'été 2018",
    "The Paper Foxes / Gletscher / DJ Nacht @ Kulturfabrik Basel (CH)",
    "SWARM presents: Ana Ortolan b2b Tom Wieland, Zürich, 12.05.2019",
    "Festival Rivière d'Étoiles 2020: Nîmes, Orléans, Besançon",
    "Velvet Orchard feat. Mx. Quill [live] + special guests",
    "Zwarte Zwanen vs. Rode Duivels, Gent, zaterdag 3 maart 18:00-22:00",
    "Comedy night with Priya Natarajan and friends #16",
    "Σκιές και Φως, Αθήνα; Чёрный Лис, Москва; 星の夜 東京",
    "¡Fiesta! «La Noche» — Año Nuevo, Málaga 31/12/2018 23h",
)


def build_tiny_checkpoint(
    directory: Path,
    scheme: Literal["BIO", "IO"] = "BIO",
    *,
    name: str = "tiny",
    seed: int = 7,
    positions: int = 66,
    calibration: Calibration | None = None,
    tokenizer: Literal["tokenizer.json", "sentencepiece.bpe.model"] = "tokenizer.json",
    manifest: bool = True,
) -> Path:
    """Writes a CamembertForTokenClassification checkpoint (about 150 kB) and returns the directory.

    It reads up to positions - 2 pieces at once. Its weights are random but large, so that its readings differ between titles.
    Without `manifest` it looks like a public checkpoint. Loads torch and transformers.
    """
    directory.mkdir(parents=True, exist_ok=True)
    labels = LabelScheme.bio() if scheme == "BIO" else LabelScheme.io()
    vocabulary = _write_tokenizer(directory, tokenizer)
    _write_model(directory, labels, vocabulary, seed=seed, positions=positions)
    if manifest:
        _write_manifest(directory, labels, name, calibration)
    return directory


def _write_manifest(directory: Path, labels: LabelScheme, name: str, calibration: Calibration | None) -> Artifact:
    return write_manifest(directory, name=name, scheme=labels, calibration=calibration)


def _write_tokenizer(directory: Path, kept: str) -> int:
    """A SentencePiece Unigram model with CamemBERT's id layout. Answers the size of the vocabulary."""
    import sentencepiece
    from transformers import CamembertTokenizer

    bare = directory / "sentencepiece.bpe"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 3),
        model_prefix=str(bare),
        vocab_size=220,
        character_coverage=0.98,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    Path(f"{bare}.vocab").unlink()
    tokenizer = CamembertTokenizer.from_pretrained(directory, local_files_only=True)
    if kept == "tokenizer.json":
        tokenizer.save_pretrained(directory)
        Path(f"{bare}.model").unlink()
    return len(tokenizer)


def _write_model(directory: Path, labels: LabelScheme, vocabulary: int, *, seed: int, positions: int) -> None:
    import torch
    from transformers import CamembertConfig, CamembertForTokenClassification

    names = dict(enumerate(labels.id2label))
    config = CamembertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
        pad_token_id=1,
        bos_token_id=5,
        eos_token_id=6,
        type_vocab_size=1,
        id2label=names,
        label2id={label: index for index, label in names.items()},
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = CamembertForTokenClassification(config)
        torch.nn.init.normal_(model.classifier.weight, std=0.8)
        model.classifier.bias.data[labels.outside] = 1.5
    model.save_pretrained(directory)
