import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ner_core.labels import LabelScheme
from ner_core.synthetic import Material, TitleGenerator
from ner_core.training.encoding import Encoded, ExampleEncoder, batches
from ner_core.training.finetune import load_model
from ner_core.training.loop import LoopSettings, Progress, StopTraining, Trainer


def stream(checkpoint: Path) -> Iterator[list[Encoded]]:
    encoder = ExampleEncoder(checkpoint, LabelScheme.bio(), max_pieces=64)
    titles = TitleGenerator(Material.small(), seed=3, languages={"en": 1})
    return batches((encoder.encode(title) for title in titles), 8, random.Random(4), pool=2)


def settings(**changes: object) -> LoopSettings:
    return LoopSettings(**{"steps": 12, "rate": 5e-3, "bf16": False, "average": 0.9, "save_every": 5, **changes})


def weights(model: object) -> dict[str, list]:
    return {name: value.tolist() for name, value in model.state_dict().items()}


def test_training_lowers_the_loss_and_reports_progress(tiny_checkpoint: Path) -> None:
    seen: list[Progress] = []
    trainer = Trainer(load_model(tiny_checkpoint, dropout=0.0), settings(steps=40))
    trainer.run(stream(tiny_checkpoint), on_progress=seen.append, report_every=10)
    assert [progress.step for progress in seen] == [10, 20, 30, 40]
    assert seen[-1].loss < seen[0].loss
    assert seen[-1].seconds_left == 0


def test_same_seed_gives_the_same_weights(tiny_checkpoint: Path) -> None:
    found = []
    for _ in range(2):
        trainer = Trainer(load_model(tiny_checkpoint), settings(steps=4))
        trainer.run(stream(tiny_checkpoint))
        found.append(weights(trainer.model))
    assert found[0] == found[1]


def test_a_killed_run_goes_on_to_the_weights_of_an_unbroken_one(tiny_checkpoint: Path, tmp_path: Path) -> None:
    whole = Trainer(load_model(tiny_checkpoint), settings())
    whole.run(stream(tiny_checkpoint))

    state = tmp_path / "state.pt"
    broken = Trainer(load_model(tiny_checkpoint), settings(), state)
    with pytest.raises(RuntimeError, match="killed"):
        broken.run(cut_short(stream(tiny_checkpoint), 8))
    assert state.exists()

    resumed = Trainer(load_model(tiny_checkpoint), settings(), state)
    resumed.run(stream(tiny_checkpoint))
    assert resumed.step == 12
    assert weights(resumed.model) == weights(whole.model)
    assert not state.exists()


def cut_short(source: Iterator[list[Encoded]], count: int) -> Iterator[list[Encoded]]:
    yield from itertools.islice(source, count)
    raise RuntimeError("killed")


def test_a_callback_may_stop_the_run(tiny_checkpoint: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.step >= 3:
            raise StopTraining

    trainer = Trainer(load_model(tiny_checkpoint), settings())
    trainer.run(stream(tiny_checkpoint), on_progress=stop, report_every=1)
    assert trainer.step == 3


def test_early_stopping_keeps_the_best_checked_weights(tiny_checkpoint: Path) -> None:
    scores = iter([0.5, 0.7, 0.6, 0.6, 0.6])
    kept: list[dict] = []
    trainer = Trainer(load_model(tiny_checkpoint), settings(check_every=2, patience=2, average=0))

    def evaluate() -> float:
        kept.append(weights(trainer.model))
        return next(scores)

    trainer.run(stream(tiny_checkpoint), evaluate=evaluate)
    assert trainer.step == 8
    assert weights(trainer.model) == kept[1]


def test_consistency_trains_on_two_passes(tiny_checkpoint: Path) -> None:
    trainer = Trainer(load_model(tiny_checkpoint), settings(steps=2, consistency=1.0))
    trainer.run(stream(tiny_checkpoint))
    assert trainer.step == 2
