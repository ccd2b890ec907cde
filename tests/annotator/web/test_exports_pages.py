"""Exports: from the form to the file."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from annotator import tasks
from annotator.enums import JobKind, JobState
from annotator.models import Job, User
from tests import factories
from tests.annotator.web.pages import cells, count_queries, words


@pytest.fixture
def start(lead_client: Client, django_capture_on_commit_callbacks):
    def post(**fields: object):
        with django_capture_on_commit_callbacks(execute=True):
            response = lead_client.post(reverse("start_export"), {"format": "jsonl", "sources": ["reviewed"]} | fields)
        return lead_client.get(response.url) if response.status_code == 302 else response

    return post


@pytest.fixture
def settled(db: None) -> None:
    factories.make_annotation(source="reviewed")
    factories.make_annotation(source="auto")


def content(response) -> str:
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize(("fmt", "name", "begin"), [("jsonl", "JSONL", '{"text": "Ana'), ("conll", "CoNLL-2003", "#")])
def test_export_of_the_chosen_sources_can_be_downloaded(
    lead_client: Client, settled: None, start, fmt: str, name: str, begin: str
):
    rows = cells(start(format=fmt))
    job = Job.objects.get()
    digest = job.result["digest"][:12]
    assert rows == [[f"{name} {digest} reviewed", "done", "1", "lena", "now", "Download"]]
    response = lead_client.get(reverse("download_export", args=[job.pk]))
    assert response["Content-Disposition"] == f'attachment; filename="lineup-{digest}.{fmt}"'
    assert content(response).startswith(begin)


def test_export_of_several_sources_names_them(settled: None, start):
    assert cells(start(sources=["reviewed", "auto"]))[0][0].endswith("automatic, reviewed")


def test_export_twice_is_one_file(settled: None, start):
    start()
    first, second = cells(start())
    assert first[0] == second[0]
    assert len({job.result["file"] for job in Job.objects.all()}) == 1


def test_form_offers_what_is_settled_and_says_when_nothing_is(lead_client: Client, db: None):
    assert "No title is settled yet, so there is nothing to export." in words(lead_client.get(reverse("exports")))
    factories.make_annotation(source="reviewed")
    assert "reviewed (1) Start the export" in words(lead_client.get(reverse("exports")))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sources": []}, "Choose at least one."),
        ({"sources": ["hearsay"]}, "hearsay is not one of the available choices."),
        ({"format": "pdf"}, "pdf is not one of the available choices."),
    ],
)
def test_form_says_what_is_wrong(settled: None, start, fields: dict, message: str):
    response = start(**fields)
    assert (response.status_code, Job.objects.count()) == (422, 0)
    assert message in words(response)


def test_export_waits_when_the_broker_is_down(settled: None, start, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.render_export, "apply_async", refuse)
    response = start()
    assert [row[1] for row in cells(response)] == ["queued"]
    assert 'hx-trigger="every 1s"' in response.content.decode()


def test_running_export_shows_its_progress(lead_client: Client, lead: User):
    params = {"format": "jsonl", "sources": None}
    Job.objects.create(kind=JobKind.EXPORT, state=JobState.RUNNING, params=params, done=30, total=40, created_by=lead)
    page = lead_client.get(reverse("exports"), headers={"HX-Request": "true"})
    assert [row[1] for row in cells(page)] == ["75 %"]
    assert 'value="75"' in page.content.decode()


def test_failed_export_says_why_and_has_no_download(lead_client: Client, lead: User):
    params = {"format": "jsonl", "sources": None}
    job = Job.objects.create(kind=JobKind.EXPORT, state=JobState.FAILED, params=params, error="The disk is full.")
    assert cells(lead_client.get(reverse("exports")))[0][1] == "failed The disk is full."
    assert lead_client.get(reverse("download_export", args=[job.pk])).status_code == 404


@pytest.mark.parametrize("name", ["../secret_key", "/etc/hostname", "gone.jsonl", "."])
def test_files_outside_of_the_exports_are_not_given_out(lead_client: Client, db: None, name: str):
    (Path(settings.VAR_DIR) / "secret_key").write_text("secret", encoding="utf8")
    Path(settings.EXPORTS_DIR).mkdir(parents=True, exist_ok=True)
    job = Job.objects.create(kind=JobKind.EXPORT, state=JobState.DONE, result={"file": name})
    assert lead_client.get(reverse("download_export", args=[job.pk])).status_code == 404


def test_downloads_of_jobs_that_are_no_exports_are_404(lead_client: Client, db: None):
    job = Job.objects.create(kind=JobKind.IMPORT, state=JobState.DONE, result={"file": "x"})
    for key in (job.pk, uuid4()):
        assert lead_client.get(reverse("download_export", args=[key])).status_code == 404


def test_exports_are_for_leads(reviewer_client: Client, settled: None, start):
    start()
    job = Job.objects.get()
    assert reviewer_client.get(reverse("download_export", args=[job.pk])).status_code == 403
    assert reviewer_client.post(reverse("start_export"), {"format": "jsonl", "sources": ["auto"]}).status_code == 403
    assert Job.objects.count() == 1


def test_export_list_asks_as_often_for_one_row_as_for_three(lead_client: Client, settled: None, start):
    start()
    one = count_queries(lead_client, reverse("exports"))
    start(format="conll")
    start(sources=["auto"])
    assert count_queries(lead_client, reverse("exports")) == one
