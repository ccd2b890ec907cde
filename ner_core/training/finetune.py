"""Fine-tunes a checkpoint on annotated titles: copies with other names, the titles themselves, and generated titles against forgetting."""

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ner_core.artifacts import INT8, MANIFEST, TOKENIZERS, Artifact, load_artifact, write_manifest
from ner_core.engines.torch import import_transformers
from ner_core.labels import LabelScheme
from ner_core.reranking import Reranker
from ner_core.synthetic import Example, Material, TitleGenerator
from ner_core.synthetic.mixing import TitleMixer
from ner_core.tagger import ModelTagger, load_tagger
from ner_core.training.encoding import Encoded, ExampleEncoder, batches
from ner_core.training.fit import Fitted, Judged, figures_of, fit_decoder
from ner_core.training.held_out import held_out_score
from ner_core.training.int8 import TITLES, add_int8
from ner_core.training.loop import LoopSettings, Progress, Trainer

LONGEST = 120  # pieces of a title that training looks at
FEWEST_HELD_OUT = 100


@dataclass(frozen=True)
class Blend:
    """Where the titles of a batch come from: shares of generated titles and of copies with swapped names; the rest are originals.

    weights: how often each annotated title is drawn against the others; empty: all alike.
    """

    generated: float = 0.35
    copies: float = 0.5
    swap: float = 0.75
    seed: int = 31
    weights: tuple[float, ...] = ()


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
    on_alive: Callable[[], None] = lambda: None,
    about: dict | None = None,
    threads: int | None = None,
) -> Artifact:
    """Trains, calibrates on `held_out` (never trained on) and writes a checkpoint directory with its manifest.

    `checkpoint` may be any RoBERTa-like one, with or without a head: classes that are not ours are learnt from nothing. Fewer than
    FEWEST_HELD_OUT titles are too few to fit scores on: decoder and calibration stay those of `checkpoint`, where it has them.

    Where products in 8-bit integers read the titles of `held_out` the same, the checkpoint says how to round for them.
    A kill leaves a state in `output` from which the same call goes on; nothing is trained again where only the calibration was missing.
    A callback may raise StopTraining to end early; on_alive is called while the roundings are found, and may raise, too. threads: for this
    training only; those of the process where it is None.
    """
    trained = output / "trained"
    if not trained.exists():
        with _threads(threads):
            train_checkpoint(
                checkpoint,
                examples,
                output,
                settings=settings,
                blend=blend or Blend(),
                material=material or Material.small(),
                checked_on=held_out,
                on_progress=on_progress,
            )
        trained.touch()
    (output / INT8).unlink(missing_ok=True)  # of a run that was killed before its figures were written
    write_manifest(output, name=name, scheme=LabelScheme.bio())
    tagger = load_tagger(output)
    if len(held_out) < FEWEST_HELD_OUT:
        return _with_calibration_of(checkpoint, output, name=name, about=about)
    judged = judge(tagger, held_out)
    fitted = fit_decoder(judged, replace(tagger.artifact.decoder, reranker=_reranker_of(checkpoint)))
    artifact = write_fitted(output, fitted, name=name, about=about, **figures_of(judged, fitted))
    titles = _spread_out([example.text for example in examples], TITLES)
    return add_int8(artifact, titles, held_out, threads=threads, on_alive=on_alive)[0]


def _spread_out(texts: Sequence[str], count: int) -> Sequence[str]:
    """Of titles in order of their age, some of each."""
    return texts[:: max(1, len(texts) // count)]


def _reranker_of(checkpoint: Path) -> Reranker | None:
    """What whole spans tell is the same for a model that goes on from this one."""
    return load_artifact(checkpoint).decoder.reranker if (checkpoint / MANIFEST).exists() else None


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """A process that also serves must not go on with the threads of a training."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _with_calibration_of(checkpoint: Path, output: Path, *, name: str, about: dict | None) -> Artifact:
    if not (checkpoint / MANIFEST).exists():
        return write_manifest(output, name=name, scheme=LabelScheme.bio(), about=about)
    base = load_artifact(checkpoint)
    return write_manifest(
        output,
        name=name,
        scheme=LabelScheme.bio(),
        calibration=base.calibration if base.calibrated else None,
        transitions=base.decoder.transitions if base.scheme == LabelScheme.bio() else None,
        pooling=base.decoder.pooling,
        reranker=base.decoder.reranker,
        about={**(about or {}), "calibrated_on": f"nothing new: as {base.version}"},
    )


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
    checked_on: Sequence[Example] = (),
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Trains from `checkpoint` and writes weights (fp16), config and tokenizer to `output`. Resumes from output/state.pt.

    checked_on: titles that are not trained on; every `check_every` steps their F1 decides on the best weights and on early stopping.
    """
    output.mkdir(parents=True, exist_ok=True)
    model = load_model(checkpoint, dropout=dropout)
    room = model.config.max_position_embeddings - model.config.pad_token_id - 1
    encoder = ExampleEncoder(checkpoint, LabelScheme.bio(), max_pieces=min(LONGEST, room))
    stream = (encoder.encode(example) for example in blend_examples(examples, blend, material))
    trainer = Trainer(model, settings, output / "state.pt")
    check = held_out_score(trainer, [encoder.encode(example) for example in checked_on]) if checked_on else None
    trainer.run(
        endless_batches(stream, batch_size, settings.seed), on_progress=on_progress, evaluate=check, report_every=10
    )
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
            order = order or _shuffled(len(examples), blend.weights, rng)
            yield examples[order.pop()]


def _shuffled(count: int, weights: Sequence[float], rng: random.Random) -> list[int]:
    """A round of the annotated titles: each once, or as often as its weight says."""
    order = rng.choices(range(count), weights, k=count) if weights else list(range(count))
    rng.shuffle(order)
    return order


def load_model(checkpoint: Path, *, dropout: float = 0.1):
    """The checkpoint as a float32 PyTorch model ready for training; a head with other classes than ours begins anew."""
    transformers = import_transformers()
    import torch

    names = LabelScheme.bio().id2label
    return transformers.CamembertForTokenClassification.from_pretrained(
        checkpoint,
        local_files_only=True,
        dtype=torch.float32,
        id2label=dict(enumerate(names)),
        label2id={name: index for index, name in enumerate(names)},
        ignore_mismatched_sizes=True,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
    )


def save_checkpoint(model, source: Path, output: Path) -> None:
    """Weights as fp16 safetensors, config.json, and the tokenizer files of `source`. Raises OSError when the disk is full."""
    from safetensors import SafetensorError

    output.mkdir(parents=True, exist_ok=True)
    model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = 0.1
    try:
        model.half().save_pretrained(output)
    except SafetensorError as error:  # its writer knows no OSError
        raise OSError(str(error)) from error
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
        reranker=fitted.decoder.reranker,
        about=about,
        **figures,
    )
