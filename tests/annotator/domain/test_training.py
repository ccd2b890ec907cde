"""From settled titles to a candidate: with a real, tiny checkpoint."""

from pathlib import Path

import pytest

from annotator.domain import training
from annotator.domain.gold import read_gold
from annotator.domain.job_rows import cancel_job
from annotator.domain.model_versions import add_checkpoint, promote_model
from annotator.domain.training import run_training
from annotator.domain.training_options import TrainingOptions, check_options
from annotator.enums import AnnotationSource, JobKind, JobState, ModelState
from annotator.exceptions import InvalidTraining
from annotator.models import Job, ModelVersion
from annotator.taggers import load_directory
from ner_core.families import title_family
from ner_core.training.loop import Progress
from tests.checkpoints import build_tiny_checkpoint
from tests.factories import make_annotation, make_title, spans_of

NAMES = ["Nova", "Orbit", "Silent", "Paper", "Glass", "Velvet", "North", "Amber", "River", "Stone"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_checkpoint(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture
def desk(db, settings, tmp_path, tiny) -> ModelVersion:
    """An active tiny model, and 60 titles that people settled."""
    for name in ("MODELS_DIR", "SNAPSHOTS_DIR", "TRAINING_DIR"):
        setattr(settings, name, tmp_path / name.lower())
    settings.TRAIN_MIN_TITLES, settings.GATE_MIN_TITLES, settings.TRAIN_THREADS = 20, 5, 1
    active = promote_model(add_checkpoint(tiny))
    for number in range(60):
        name = f"{NAMES[number % 10]} {NAMES[number // 10]}"
        title = make_title(f"{name} live in Rome")
        source = AnnotationSource.IMPORTED if number % 6 == 0 else AnnotationSource.REVIEWED
        make_annotation(title, spans=spans_of(title.text, (name, "PER"), ("Rome", "LOC")), source=source)
    return active


def make_job(**options) -> Job:
    given = {"steps": 4, "generated": 0.1, "patience": 0} | options
    return Job.objects.create(kind=JobKind.TRAIN, params={"options": TrainingOptions(**given).to_dict()})


def run(job: Job) -> Job:
    run_training(str(job.pk), load=load_directory)
    job.refresh_from_db()
    return job


def test_a_training_ends_with_a_candidate_its_lineage_and_a_comparison(desk, settings):
    job = run(make_job())
    assert (job.state, job.error) == (JobState.DONE, "")
    version = ModelVersion.objects.get(pk=job.result["version"])
    assert (version.state, version.origin, version.parent) == (ModelState.CANDIDATE, "trained", desk)
    assert version.name.startswith("tiny-trained@")
    assert version.snapshot.rows == 60
    assert [point["step"] for point in version.training["curve"]] == [4]
    comparison = version.comparisons.get()
    assert (comparison.titles, comparison.against, comparison.pk) == (10, desk, job.result["comparison"])
    assert set(comparison.report["f1"]) >= {"micro"}
    assert not (settings.TRAINING_DIR / str(job.pk)).exists()


def test_gold_and_its_families_are_never_trained_on(desk):
    make_annotation(make_title("NOVA NOVA live in Rome, 12 May"), source=AnnotationSource.REVIEWED)
    snapshot = training.create_snapshot(actor=None)
    data = training.training_set(snapshot, TrainingOptions())
    texts = {record.text for record in (*data.train, *data.dev)}
    assert "Nova Nova live in Rome" not in texts
    assert "NOVA NOVA live in Rome, 12 May" not in texts
    gold = {title_family(record.text) for record in read_gold().records}
    assert len(gold) == 9
    assert not gold & {title_family(text) for text in texts}
    assert len(data.train) + len(data.dev) == len(texts) > 40
    assert data.dev


def test_sources_weigh_and_what_is_not_named_is_left_out(desk):
    make_annotation(make_title("Solo set by Mira"), source=AnnotationSource.AUTO)
    snapshot = training.create_snapshot(actor=None)
    data = training.training_set(snapshot, TrainingOptions(sources={AnnotationSource.REVIEWED: 0.5}))
    assert set(data.weights) == {0.5}
    assert "Solo set by Mira" not in {record.text for record in (*data.train, *data.dev)}


def test_too_few_titles_fail_the_job_with_a_code(desk, settings):
    settings.TRAIN_MIN_TITLES = 500
    job = run(make_job())
    assert (job.state, job.error_code) == (JobState.FAILED, "too_few_titles")
    assert "500" in job.error
    assert ModelVersion.objects.count() == 1


def test_an_unknown_base_fails_the_job(desk):
    assert run(make_job(base="nowhere")).error_code == "unknown_model"


def test_any_checkpoint_directory_may_be_the_base(desk, tmp_path):
    base = build_tiny_checkpoint(tmp_path / "public", manifest=False, seed=3)
    job = run(make_job(base=str(base), name="from-public"))
    version = ModelVersion.objects.get(pk=job.result["version"])
    assert (version.parent, version.name.partition("@")[0]) == (None, "from-public")


def test_a_job_that_is_over_or_runs_elsewhere_is_left_alone(desk):
    job = run(make_job())
    assert run(job).result == job.result
    assert ModelVersion.objects.count() == 2
    busy = make_job()
    Job.objects.filter(pk=busy.pk).update(state=JobState.RUNNING, params=busy.params | {"attempts": 1})
    assert run(busy).state == JobState.RUNNING
    assert ModelVersion.objects.count() == 2


def test_a_cancelled_training_leaves_nothing(desk, settings, monkeypatch):
    job = make_job(steps=40)

    def cancel_at_ten(curve, progress: Progress):
        if progress.step == 10:
            cancel_job(job)
        original(curve, progress)

    original = training._Curve.__call__
    monkeypatch.setattr(training._Curve, "__call__", cancel_at_ten)
    job = run(job)
    assert (job.state, job.result) == (JobState.CANCELLED, {"stage": "snapshot"})
    assert not (settings.TRAINING_DIR / str(job.pk)).exists()
    assert ModelVersion.objects.count() == 1
    assert not cancel_job(job)


def test_a_killed_training_goes_on_from_the_last_saved_step_on_the_same_snapshot(desk, settings, monkeypatch):
    class Killed(BaseException):
        """What no handler catches, as a kill."""

    job, seen = make_job(steps=140), []
    settings.JOB_SILENT_SECONDS = 0

    def die_at_hundred(curve, progress: Progress):
        seen.append(progress.step)
        original(curve, progress)
        if progress.step == 100 and seen.count(100) == 1:
            raise Killed

    original = training._Curve.__call__
    monkeypatch.setattr(training._Curve, "__call__", die_at_hundred)
    with pytest.raises(Killed):
        run(job)
    snapshot = Job.objects.get(pk=job.pk).params["snapshot"]
    make_annotation(make_title("Late arrival in Rome"), source=AnnotationSource.REVIEWED)
    job = run(job)
    assert (job.state, job.params["snapshot"]) == (JobState.DONE, snapshot)
    assert seen == [*range(10, 101, 10), *range(70, 141, 10)]
    curve = ModelVersion.objects.get(pk=job.result["version"]).training["curve"]
    assert [point["step"] for point in curve] == list(range(10, 141, 10))


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"steps": -1}, "not_in_range", "steps"),
        ({"rate": 1.0}, "not_in_range", "rate"),
        ({"generated": 1.0}, "not_in_range", "generated"),
        ({"sources": {"guesses": 1.0}}, "unknown_source", "sources"),
        ({"sources": {"reviewed": 21.0}}, "not_in_range", "sources"),
        ({"labels": {"DRINK": 1.0}}, "unknown_label", "labels"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(options, code, field):
    with pytest.raises(InvalidTraining) as error:
        check_options(TrainingOptions(**options))
    assert (error.value.code, error.value.field) == (code, field)


def test_steps_follow_the_number_of_titles_unless_they_are_told():
    assert [TrainingOptions().steps_for(count) for count in (10, 400, 9999)] == [150, 500, 1500]
    assert TrainingOptions(steps=7).steps_for(9999) == 7


def test_what_a_failed_training_left_goes_with_the_next_one(desk, settings):
    failed, waiting = make_job(), make_job()
    Job.objects.filter(pk=failed.pk).update(state=JobState.FAILED)
    for left in (failed, waiting):
        (settings.TRAINING_DIR / str(left.pk)).mkdir(parents=True)
        (settings.TRAINING_DIR / str(left.pk) / "state.pt").write_text("weights")
    assert run(make_job()).state == JobState.DONE
    assert [path.name for path in settings.TRAINING_DIR.iterdir()] == [str(waiting.pk)]
