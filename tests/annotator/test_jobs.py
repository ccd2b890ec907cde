"""Jobs and tasks: rows first, found again when the broker lost them, the same result when run twice."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import OperationalError as DatabaseAway
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotator import jobs, taggers, tasks
from annotator.domain import job_rows
from annotator.domain.imports import rejects_path
from annotator.domain.review import record_verdict
from annotator.enums import JobKind, JobState, TitleState
from annotator.exceptions import ModelUnavailable
from annotator.models import Annotation, Job, ModelVersion, Occurrence, Title, User
from ner_core.engines.fake import FakeTagger
from tests.factories import make_annotation, make_queue_item, make_title, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def directories(settings, tmp_path: Path) -> None:
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.EXPORTS_DIR = tmp_path / "exports"
    settings.SNAPSHOTS_DIR = tmp_path / "snapshots"


@pytest.fixture(autouse=True)
def tagger(model_version: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> FakeTagger:
    fake = FakeTagger(version=model_version.name)
    monkeypatch.setattr(taggers, "active_tagger", lambda: (fake, model_version))
    return fake


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("connection refused")

    for task in (tasks.tag_titles, tasks.import_file, tasks.render_export):
        monkeypatch.setattr(task, "apply_async", refuse)


def upload(content: bytes, actor: User | None = None) -> Job:
    job = jobs.start_import(name="week.txt", kind="txt", chunks=[content[:5], content[5:]], actor=actor)
    job.refresh_from_db()
    return job


def test_start_import_reads_the_file_and_tags_its_titles():
    job = upload("Marée Haute\na\0b\nKassandra Vey\nMarée  Haute\n".encode(), make_user())
    assert job.state == JobState.DONE
    assert job.result == {"read": 4, "new": 2, "repeated": 1, "rejected": 1}
    assert job.done == job.total
    assert job.batch.closed_at is not None
    assert not Title.objects.filter(state=TitleState.NEW).exists()
    assert rejects_path(job).read_text(encoding="utf-8-sig").splitlines()[1].startswith("2,control_characters,")


def test_import_task_delivered_twice_stores_nothing_twice():
    job = upload(b"One\nTwo\n")
    Job.objects.update(state=JobState.RUNNING)
    tasks.import_file(str(job.pk))
    assert (Title.objects.count(), Occurrence.objects.count()) == (2, 2)


def test_import_task_of_a_job_that_is_over_or_gone_does_nothing():
    job = upload(b"One\n")
    jobs.upload_path(job).write_bytes(b"Two\n")
    tasks.import_file(str(job.pk))
    tasks.import_file("00000000-0000-0000-0000-000000000000")
    assert [title.text for title in Title.objects.all()] == ["One"]


def test_import_of_an_unreadable_table_fails_the_job_with_its_code():
    job = jobs.start_import(name="x.csv", kind="csv", chunks=[b"venue,city\nOlympia,Paris\n"], actor=None)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "no_title_column")


def test_import_whose_upload_is_gone_fails_the_job(no_broker: None):
    job = upload(b"One\n")
    (jobs.upload_path(job)).unlink()
    tasks.import_file(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "upload_gone")


def test_start_import_without_a_broker_keeps_the_row(no_broker: None):
    assert upload(b"One\n").state == JobState.QUEUED


def test_start_tagging_without_a_broker_says_so(no_broker: None):
    assert jobs.start_tagging([make_title("One").pk]) is False


def test_start_tagging_cuts_messages_to_size(settings, tagger: FakeTagger):
    settings.TAG_CHUNK = 2
    assert jobs.start_tagging([make_title(f"Title {n}").pk for n in range(5)]) is True
    assert [len(call) for call in tagger.calls] == [2, 2, 1]


def test_job_with_an_unexpected_error_fails_and_is_not_begun_again(no_broker: None, monkeypatch: pytest.MonkeyPatch):
    job = upload(b"One\n")
    with monkeypatch.context() as patch:
        patch.setattr("annotator.domain.imports.ingest_rows", _break)
        tasks.import_file.apply((str(job.pk),), throw=False)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "unexpected")
    assert "ZeroDivisionError" in job.error
    tasks.import_file(str(job.pk))
    assert not Title.objects.exists()


def _break(*args: object, **kwargs: object) -> None:
    raise ZeroDivisionError


def test_job_goes_on_when_the_database_was_away_for_a_moment(no_broker: None, monkeypatch: pytest.MonkeyPatch):
    job = upload(b"One\n")
    away = [DatabaseAway("database is locked")]
    claim = job_rows.claim_job

    def flaky(job_id: str) -> Job | None:
        if away:
            raise away.pop()
        return claim(job_id)

    monkeypatch.setattr("annotator.domain.imports.claim_job", flaky)
    tasks.import_file.apply((str(job.pk),), throw=False)
    job.refresh_from_db()
    assert (job.state, away) == (JobState.DONE, [])


def test_job_that_ends_no_worker_is_given_up(no_broker: None):
    job = upload(b"One\n")
    for _ in range(job_rows.ATTEMPTS_MAX):
        assert job_rows.claim_job(job.pk) == job
    assert job_rows.claim_job(job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "given_up")


def test_tagging_without_a_model_leaves_the_titles_new(monkeypatch: pytest.MonkeyPatch):
    title = make_title("One")
    monkeypatch.setattr(taggers, "active_tagger", _no_model)
    with pytest.raises(ModelUnavailable):
        tasks.tag_titles([title.pk])
    title.refresh_from_db()
    assert title.state == TitleState.NEW


def _no_model() -> None:
    raise ModelUnavailable("no model")


def test_start_export_renders_a_snapshot(settings):
    make_annotation(make_title("Marée Haute"))
    job = jobs.start_export(fmt="jsonl", sources=None, actor=make_user())
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.DONE, "")
    assert job.result["rows"] == 1
    assert (settings.EXPORTS_DIR / job.result["file"]).exists()


def test_start_export_of_an_unknown_format_fails_the_job():
    job = jobs.start_export(fmt="xml", sources=None, actor=None)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "unknown_format")


def test_recover_lost_work_sends_queued_jobs_and_untagged_titles_again(
    no_broker: None, monkeypatch: pytest.MonkeyPatch
):
    job, title = upload(b"One\n"), make_title("Two")
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.update(touched_at=long_ago)
    Title.objects.update(created_at=long_ago)
    sent: list[object] = []
    monkeypatch.setattr(tasks, "_send", lambda task, argument: sent.append((task.name, argument)))
    monkeypatch.setattr(tasks, "_waiting_messages", lambda _queue: 0)

    tasks.recover_lost_work()

    assert sent == [("lineup.tag.import_file", str(job.pk)), ("lineup.tag.tag_titles", [title.pk])]


def test_recover_lost_work_leaves_fresh_work_and_a_full_queue_alone(no_broker: None, monkeypatch: pytest.MonkeyPatch):
    upload(b"One\n")
    make_title("Two")
    Title.objects.update(created_at=timezone.now() - timedelta(hours=1))
    sent: list[object] = []
    monkeypatch.setattr(tasks, "_send", lambda task, argument: sent.append((task.name, argument)))
    monkeypatch.setattr(tasks, "_waiting_messages", lambda _queue: 3)

    tasks.recover_lost_work()

    assert sent == []


def test_find_lost_jobs_gives_a_job_to_one_of_two_sweeps():
    Job.objects.create(kind=JobKind.EXPORT)
    Job.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    limits = {"queued_before": timezone.now() - timedelta(minutes=1), "running_before": timezone.now()}
    assert len(job_rows.find_lost_jobs(**limits)) == 1
    assert job_rows.find_lost_jobs(**limits) == []


def test_finish_and_fail_leave_a_job_that_is_over():
    job = Job.objects.create(kind=JobKind.EXPORT)
    job_rows.fail_job(job, code="x", message="y")
    job_rows.finish_job(job, result={"rows": 1})
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.FAILED, {})


def test_a_lone_opinion_is_settled_by_the_hourly_task_once_nobody_else_is_left():
    people = [make_user(last_login=timezone.now()) for _ in range(2)]
    item = make_queue_item(opinions_needed=2)
    record_verdict(title_id=item.title_id, reviewer=people[0], verdict_id=uuid4(), action="nothing")
    tasks.settle_lone_opinions.delay()
    assert not Annotation.objects.exists()

    User.objects.filter(pk=people[1].pk).update(is_active=False)
    for _ in range(2):
        tasks.settle_lone_opinions.delay()
    assert Annotation.objects.get().verdict.reviewer == people[0]
