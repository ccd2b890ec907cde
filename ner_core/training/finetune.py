"""Fine-tunes a checkpoint on annotated titles: copies with other names, the titles themselves, and generated titles against forgetting."""

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ner_core.artifacts import TOKENIZERS, Artifact, write_manifest
from ner_core.engines.torch import import_transformers
from ner_core.labels import LabelScheme
from ner_core.synthetic import Example, Material, TitleGenerator
from ner_core.synthetic.mixing import TitleMixer
from ner_core.tagger import ModelTagger, load_tagger
from ner_core.training.encoding import Encoded, ExampleEncoder, batches
from ner_core.training.fit import Fitted, Judged, fit_decoder
from ner_core.training.loop import LoopSettings, Progress, Trainer

LONGEST = 120  # pieces of a title that training looks at


@dataclass(frozen=True)
class Blend:
    """Where the titles of a batch come from: shares of generated titles and of copies with swapped names; the rest are originals."""

    generated: float = 0.35
    copies: float = 0.5
    swap: float = 0.75
    seed: int = 31


def finetune(
    checkpoint: Path,
    examples: Sequence[Example],
    output: Path,
    *,
    held_out: Sequence[Example],
    name: str,
    settings: LoopSettings,
    blend: Blend | None = None,
    material: Material | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    about: dict | None = None,
) -> Artifact:
    """Trains, calibrates on `held_out` (never trained on) and writes a checkpoint directory with its manifest.

    A kill leaves a state in `output` from which the same call goes on. A callback may raise StopTraining to end early.
    """
    train_checkpoint(
        checkpoint,
        examples,
        output,
        settings=settings,
        blend=blend or Blend(),
        material=material or Material.small(),
        on_progress=on_progress,
    )
    write_manifest(output, name=name, scheme=LabelScheme.bio())
    tagger = load_tagger(output)
    fitted = fit_decoder(judge(tagger, held_out), tagger.artifact.decoder)
    return write_fitted(output, fitted, name=name, about=about)


def train_checkpoint(
    checkpoint: Path,
    examples: Sequence[Example],
    output: Path,
    *,
    settings: LoopSettings,
    blend: Blend,
    material: Material,
    batch_size: int = 32,
    dropout: float = 0.1,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Trains from `checkpoint` and writes weights (fp16), config and tokenizer to `output`. Resumes from output/state.pt."""
    output.mkdir(parents=True, exist_ok=True)
    model = load_model(checkpoint, dropout=dropout)
    room = model.config.max_position_embeddings - model.config.pad_token_id - 1
    encoder = ExampleEncoder(checkpoint, LabelScheme.bio(), max_pieces=min(LONGEST, room))
    stream = (encoder.encode(example) for example in blend_examples(examples, blend, material))
    trainer = Trainer(model, settings, output / "state.pt")
    trainer.run(endless_batches(stream, batch_size, settings.seed), on_progress=on_progress)
    save_checkpoint(model, checkpoint, output)


def endless_batches(stream: Iterator[Encoded], size: int, seed: int) -> Iterator[list[Encoded]]:
    return batches(stream, size, random.Random(seed))


def blend_examples(examples: Sequence[Example], blend: Blend, material: Material) -> Iterator[Example]:
    """Endless titles in the shares of the blend; without examples all are generated."""
    rng = random.Random(blend.seed)
    generator = TitleGenerator(material, seed=blend.seed + 1)
    if not examples:
        yield from generator
    mixer = TitleMixer(examples, material, seed=blend.seed + 2, swap=blend.swap)
    order: list[int] = []
    while True:
        draw = rng.random()
        if draw < blend.generated:
            yield generator.draw()
        elif draw < blend.generated + blend.copies:
            yield mixer.draw()
        else:
            if not order:
                order = list(range(len(examples)))
                rng.shuffle(order)
            yield examples[order.pop()]


def load_model(checkpoint: Path, *, dropout: float = 0.1):
    """The checkpoint as a float32 PyTorch model ready for training."""
    transformers = import_transformers()
    import torch

    return transformers.CamembertForTokenClassification.from_pretrained(
        checkpoint,
        local_files_only=True,
        dtype=torch.float32,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
    )


def save_checkpoint(model, source: Path, output: Path) -> None:
    """Weights as fp16 safetensors, config.json, and the tokenizer files of `source`."""
    output.mkdir(parents=True, exist_ok=True)
    model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = 0.1
    model.half().save_pretrained(output)
    for name in (*TOKENIZERS, "tokenizer_config.json"):
        if (source / name).exists() and source.resolve() != output.resolve():
            shutil.copyfile(source / name, output / name)


def judge(tagger: ModelTagger, examples: Sequence[Example]) -> list[Judged]:
    """The tagger's logits for titles in normal form, beside what is right."""
    logits = tagger.read_logits([example.text for example in examples])
    return [Judged(given, example.spans) for given, example in zip(logits, examples, strict=True)]


def write_fitted(output: Path, fitted: Fitted, *, name: str, about: dict | None = None, **figures: object) -> Artifact:
    """The manifest with decoder and calibration; `figures` are metrics and reliability."""
    return write_manifest(
        output,
        name=name,
        scheme=fitted.decoder.scheme,
        calibration=fitted.calibration,
        transitions=fitted.decoder.transitions,
        pooling=fitted.decoder.pooling,
        about=about,
        **figures,
    )
