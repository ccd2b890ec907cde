"""Training: from a snapshot to a candidate that is compared with the active model."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.domain.datasets import create_snapshot, read_snapshot
from annotator.domain.gate import compare_with_active
from annotator.domain.job_rows import OPEN_STATES, claim_alone, fail_job, finish_job, touch_job
from annotator.domain.model_versions import active_version, add_checkpoint, checkpoint_directory, find_version
from annotator.domain.training_options import TrainingOptions
from annotator.enums import ModelOrigin, Side
from annotator.exceptions import InvalidTraining, JobCancelled, LineupDeskError, ModelUnavailable
from annotator.models import Comparison, Job, ModelVersion, Snapshot
from ner_core.artifacts import ArtifactError
from ner_core.formats import Record
from ner_core.labels import LabelScheme
from ner_core.tagger import Tagger
from ner_core.training.encoding import to_normal_form
from ner_core.training.finetune import Blend, finetune
from ner_core.training.loop import LoopSettings, Progress

Load = Callable[[Path], Tagger]
OnStep = Callable[[int, int], None]  # steps done, steps in all


@dataclass(frozen=True)
class TrainingSet:
    """train: trained on, with how often each is drawn; dev: for early stopping and calibration. Both from one snapshot."""

    train: list[Record]
    weights: tuple[float, ...]
    dev: list[Record]


def run_training(job_id: str, *, load: Load, on_step: OnStep | None = None) -> None:
    """Trains the job's model, registers it as a candidate and compares it with the active version; all is noted in the job.

    Killed half-way, the next run goes on from the last saved step, on the same snapshot. While one runs, another call does nothing.
    What the domain refuses, or a disk that is full, fails the job with a code; a job that somebody cancelled leaves nothing behind.
    """
    job = claim_alone(job_id)
    if job is None:
        return
    try:
        version = _train(job, on_step)
        touch_job(job, result=_result(job) | {"stage": "comparing", "version": version.pk})
        comparison = compare_with_active(version, load=load, on_progress=lambda: touch_job(job))
    except JobCancelled:
        shutil.rmtree(_home(job), ignore_errors=True)
    except LineupDeskError as error:
        fail_job(job, code=error.code, message=error.message)
    except ArtifactError as error:
        fail_job(job, code=error.code, message=str(error))
    except OSError as error:
        fail_job(job, code="file_not_written", message=str(error))
    else:
        finish_job(job, result=_result(job) | _outcome(version, comparison))
        shutil.rmtree(_home(job), ignore_errors=True)


def training_set(snapshot: Snapshot, options: TrainingOptions) -> TrainingSet:
    """The lines of a snapshot that the options take. Raises InvalidTraining (too_few_titles)."""
    train, weights, dev = [], [], []
    for record in read_snapshot(snapshot):
        weight = options.sources.get(record.meta["source"], 0.0)
        if weight and record.meta["side"] == Side.TRAIN:
            train.append(record)
            weights.append(weight)
        elif weight and record.meta["side"] == Side.DEV:
            dev.append(record)
    if len(train) < settings.TRAIN_MIN_TITLES:
        message = _("There are %(count)d titles to train on; at least %(least)d are needed.")
        values = {"count": len(train), "least": settings.TRAIN_MIN_TITLES}
        raise InvalidTraining(message % values, code="too_few_titles")
    return TrainingSet(train, tuple(weights), dev)


def _train(job: Job, on_step: OnStep | None) -> ModelVersion:
    """The candidate. A job that had come so far before it was killed has it already."""
    done = ModelVersion.objects.filter(pk=_result(job).get("version")).first()
    if done:
        return done
    _remove_abandoned()
    options = TrainingOptions(**job.params["options"])
    base, snapshot = _base(job, options), _snapshot(job)
    data = training_set(snapshot, options)
    settings_of_loop = loop_settings(options, titles=len(data.train))
    finetune(
        base.directory,
        [to_normal_form(record.text, record.spans) for record in data.train],
        _home(job),
        held_out=[to_normal_form(record.text, record.spans) for record in data.dev],
        name=options.name or f"{base.name}-trained",
        settings=settings_of_loop,
        blend=Blend(
            generated=options.generated, copies=(1 - options.generated) * 0.75, seed=options.seed, weights=data.weights
        ),
        on_progress=_Curve(job, on_step),
        on_alive=lambda: touch_job(job),
        about={"base": base.label, "snapshot": snapshot.digest, "titles": len(data.train), "held_out": len(data.dev)},
        threads=settings.TRAIN_THREADS or os.cpu_count() or 1,
    )
    return _register(
        job, base, snapshot, {"options": options.to_dict(), "titles": len(data.train), "held_out": len(data.dev)}
    )


def loop_settings(options: TrainingOptions, *, titles: int) -> LoopSettings:
    steps = options.steps_for(titles)
    names = LabelScheme.bio().id2label
    classes = tuple(options.labels.get(name.partition("-")[2], 1.0) for name in names) if options.labels else ()
    return LoopSettings(
        steps=steps,
        rate=options.rate,
        average=0.98,
        layer_decay=0.95,
        save_every=60,
        check_every=max(10, steps // 12),
        patience=options.patience,
        seed=options.seed,
        class_weights=classes,
    )


@dataclass(frozen=True)
class _Base:
    """What is trained from: a model version, or the directory of any other checkpoint."""

    directory: Path
    version: ModelVersion | None

    @property
    def label(self) -> str:
        return self.version.name if self.version else str(self.directory)

    @property
    def name(self) -> str:
        return (self.version.name if self.version else self.directory.resolve().name).partition("@")[0]


def _base(job: Job, options: TrainingOptions) -> _Base:
    """The same in a second run, whatever is active by then."""
    if "base" in job.params:
        return _of_version(ModelVersion.objects.get(pk=job.params["base"]))
    if Path(options.base, "config.json").is_file():
        return _Base(Path(options.base), None)
    version = find_version(options.base) if options.base else active_version()
    if version is None:
        raise ModelUnavailable(_("No model version is active: there is nothing to train from."))
    _note(job, base=version.pk)
    return _of_version(version)


def _of_version(version: ModelVersion) -> _Base:
    return _Base(checkpoint_directory(version), version)


def _snapshot(job: Job) -> Snapshot:
    """The same in a second run, whatever was settled since."""
    if "snapshot" not in job.params:
        touch_job(job, result={"stage": "snapshot"})
        _note(job, snapshot=str(create_snapshot(actor=job.created_by, on_progress=lambda *_: touch_job(job)).pk))
    return Snapshot.objects.get(pk=job.params["snapshot"])


def _note(job: Job, **params: object) -> None:
    job.params |= params
    touch_job(job, params=job.params)


class _Curve:
    """Writes step, loss, score and time left into the job; raises JobCancelled once somebody stopped it."""

    def __init__(self, job: Job, on_step: OnStep | None) -> None:
        self._job = job
        self._on_step = on_step
        self._points: list[dict] = list(_result(job).get("curve", ()))

    def __call__(self, progress: Progress) -> None:
        self._points = [point for point in self._points if point["step"] < progress.step]
        self._points.append({"step": progress.step, "loss": round(progress.loss, 4), "score": progress.score})
        result = {"stage": "training", "curve": self._points, "seconds_left": round(progress.seconds_left)}
        touch_job(self._job, done=progress.step, total=progress.steps, result=result)
        if self._on_step:
            self._on_step(progress.step, progress.steps)


def _register(job: Job, base: _Base, snapshot: Snapshot, about: dict) -> ModelVersion:
    version = add_checkpoint(_home(job), origin=ModelOrigin.TRAINED)
    version.parent, version.snapshot, version.created_by = base.version, snapshot, job.created_by
    version.training = about | {"curve": _result(job).get("curve", []), "job": str(job.pk)}
    version.save(update_fields=["parent", "snapshot", "created_by", "training"])
    return version


def _outcome(version: ModelVersion, comparison: Comparison | None) -> dict:
    found = {"stage": "done", "version": version.pk, "name": version.name}
    if comparison is None:
        return found
    return found | {"comparison": comparison.pk, "passed": comparison.passed, "reasons": comparison.reasons}


def _result(job: Job) -> dict:
    return Job.objects.values_list("result", flat=True).get(pk=job.pk)


def _remove_abandoned() -> None:
    """What trainings left that failed, or whose worker died when they were cancelled: half a gigabyte each."""
    needed = {str(pk) for pk in Job.objects.filter(state__in=OPEN_STATES).values_list("pk", flat=True)}
    for path in settings.TRAINING_DIR.glob("*"):
        if path.name not in needed:
            shutil.rmtree(path, ignore_errors=True)


def _home(job: Job) -> Path:
    return settings.TRAINING_DIR / str(job.pk)
