import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ner_core.artifacts import load_artifact
from ner_core.formats import Record, dump_json
from ner_core.spans import Span, span_to_dict
from ner_core.synthetic import Example, Material, TitleGenerator
from ner_core.tagger import load_tagger
from ner_core.training import recipe as stages
from ner_core.training.__main__ import main
from ner_core.training.evaluate import evaluate
from ner_core.training.finetune import FEWEST_HELD_OUT, Blend, blend_examples, finetune
from ner_core.training.loop import LoopSettings, Progress, StopTraining

QUICK = LoopSettings(steps=3, rate=1e-3, bf16=False, save_every=2)


def titles(count: int, seed: int = 1) -> list[Example]:
    generator = TitleGenerator(Material.small(), seed=seed, languages={"en": 1})
    return [generator.draw() for _ in range(count)]


def write_gold(path: Path, count: int = 12) -> Path:
    rows = [{"text": title.text, "spans": [span_to_dict(span) for span in title.spans]} for title in titles(count)]
    path.write_text("".join(dump_json(row) + "\n" for row in rows), encoding="utf-8")
    return path


def quick_recipe(tmp_path: Path, checkpoint: Path, *, gold: bool) -> stages.Recipe:
    """A recipe that starts from the tiny checkpoint instead of the pretrained one."""
    shutil.copytree(checkpoint, tmp_path / "work" / "base")
    return stages.Recipe(
        work=tmp_path / "work",
        output=tmp_path / "starter",
        gold=write_gold(tmp_path / "gold.jsonl") if gold else None,
        folds=2,
        synthetic=QUICK,
        adapted=(QUICK, QUICK),
        large=False,
    )


def test_recipe_writes_a_calibrated_checkpoint(tmp_path: Path, tiny_checkpoint: Path) -> None:
    seen: list[str] = []
    artifact = stages.calibrate(quick_recipe(tmp_path, tiny_checkpoint, gold=True), lambda stage, _: seen.append(stage))
    assert list(dict.fromkeys(seen)) == [
        "synthetic",
        "fold-0-1",
        "fold-0-2",
        "fold-1-1",
        "fold-1-2",
        "gold-1",
        "gold-2",
    ]
    loaded = load_artifact(tmp_path / "starter")
    assert loaded.version == artifact.version
    assert loaded.calibrated
    assert loaded.metrics["held_out_titles"] == 12
    assert [part["of"] for part in loaded.reliability] == ["spans", "titles"]
    assert len(load_tagger(tmp_path / "starter").tag(["Ada Lane live"])) == 1


def test_recipe_runs_without_annotated_titles(
    tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "FRESH_TITLES", 10)
    stages.calibrate(quick_recipe(tmp_path, tiny_checkpoint, gold=False), lambda *_: None)
    assert load_artifact(tmp_path / "starter").about["calibrated_on"] == "generated titles"


def test_a_second_run_trains_nothing_again(tmp_path: Path, tiny_checkpoint: Path) -> None:
    recipe = quick_recipe(tmp_path, tiny_checkpoint, gold=True)
    first = stages.calibrate(recipe, lambda *_: None)
    seen: list[str] = []
    assert stages.calibrate(recipe, lambda stage, _: seen.append(stage)).version == first.version
    assert seen == []


def test_a_killed_stage_is_taken_up_at_its_last_state(tmp_path: Path, tiny_checkpoint: Path) -> None:
    recipe = replace(
        quick_recipe(tmp_path, tiny_checkpoint, gold=False), synthetic=replace(QUICK, steps=60, save_every=20)
    )

    class Killed(BaseException):
        pass

    def kill(_: str, progress: Progress) -> None:
        if progress.step == 50:
            raise Killed

    with pytest.raises(Killed):
        stages.train_synthetic(recipe, kill)
    assert (recipe.work / "synthetic" / "state.pt").exists()
    steps: list[int] = []
    stages.train_synthetic(recipe, lambda _, progress: steps.append(progress.step))
    assert steps == [50, 60]
    assert not (recipe.work / "synthetic" / "state.pt").exists()


def test_finetune_reports_progress_and_keeps_the_old_checkpoint(tmp_path: Path, tiny_checkpoint: Path) -> None:
    before = load_artifact(tiny_checkpoint).version
    seen: list[Progress] = []
    artifact = finetune(
        tiny_checkpoint,
        titles(8),
        tmp_path / "new",
        held_out=titles(FEWEST_HELD_OUT, seed=2),
        name="tuned",
        settings=QUICK,
        on_progress=seen.append,
    )
    assert [progress.step for progress in seen] == [3]
    assert artifact.version.startswith("tuned@")
    assert load_artifact(tmp_path / "new").calibrated
    assert load_artifact(tiny_checkpoint).version == before


def test_finetune_with_too_few_titles_to_calibrate_on_keeps_the_scores_of_its_base(
    tmp_path: Path, tiny_checkpoint: Path
) -> None:
    artifact = finetune(
        tiny_checkpoint, titles(8), tmp_path / "new", held_out=titles(6, seed=2), name="tuned", settings=QUICK
    )
    assert artifact.calibration == load_artifact(tiny_checkpoint).calibration
    assert artifact.about["calibrated_on"].startswith("nothing new")


def test_finetune_whose_calibration_alone_was_missing_trains_nothing_again(
    tmp_path: Path, tiny_checkpoint: Path
) -> None:
    seen: list[Progress] = []
    for _time in range(2):
        finetune(
            tiny_checkpoint,
            titles(8),
            tmp_path / "new",
            held_out=titles(6, seed=2),
            name="tuned",
            settings=QUICK,
            on_progress=seen.append,
        )
    assert [progress.step for progress in seen] == [3]


def test_finetune_can_be_stopped_early(tmp_path: Path, tiny_checkpoint: Path) -> None:
    def stop(_: Progress) -> None:
        raise StopTraining

    settings = replace(QUICK, steps=60)
    artifact = finetune(
        tiny_checkpoint,
        titles(8),
        tmp_path / "new",
        held_out=titles(6, seed=2),
        name="tuned",
        settings=settings,
        on_progress=stop,
    )
    assert artifact.about["calibrated_on"].startswith("nothing new")


def test_blend_draws_from_all_sources() -> None:
    examples = [Example("Nora Vale at Kino", (Span(0, 9, "PER"), Span(13, 17, "LOC")))]
    stream = blend_examples(examples, Blend(generated=0.3, copies=0.4), Material.small())
    drawn = [next(stream) for _ in range(200)]
    assert sum(title.text == "Nora Vale at Kino" for title in drawn) > 30
    assert sum(title.language not in ("", "gold") for title in drawn) > 30
    assert sum(title.language == "gold" for title in drawn) > 30


def test_evaluate_counts_what_score_py_counts(tiny_checkpoint: Path) -> None:
    tagger = load_tagger(tiny_checkpoint)
    records = [Record(title.text, title.spans) for title in titles(20)]
    own = [Record(record.text, tagger.tag([record.text])[0].spans) for record in records]
    assert evaluate(tagger, own).score.micro.f1 == 1.0
    found = evaluate(tagger, records)
    assert found.score.titles == 20
    assert sum(share for share, _ in found.bands.values()) == pytest.approx(1.0)


def test_command_evaluates_a_checkpoint(
    tmp_path: Path, tiny_checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold, report = write_gold(tmp_path / "gold.jsonl"), tmp_path / "report.json"
    code = main(
        ["evaluate", str(tiny_checkpoint), str(gold), "--json", str(report), "--predictions", str(tmp_path / "out")]
    )
    assert code == 0
    assert "gold: 12 titles" in capsys.readouterr().out
    assert set(json.loads(report.read_text(encoding="utf-8"))["gold"]) >= {
        "micro",
        "span_ece",
        "title_ece",
        "best3",
        "bands",
        "errors",
    }
    assert len((tmp_path / "out" / "gold.predicted.jsonl").read_text(encoding="utf-8").splitlines()) == 12


def test_command_names_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--gold", "/nowhere/gold.jsonl"]) == 1
    assert "/nowhere/gold.jsonl is not a file" in capsys.readouterr().err
