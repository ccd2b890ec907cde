"""Bringing titles to the desk through the page."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from kombu.exceptions import OperationalError

from annotator import taggers, tasks
from annotator.domain.imports import rejects_path, upload_path
from annotator.enums import JobState, TitleState
from annotator.models import Batch, Job, Occurrence, Title, User
from tests import factories
from tests.annotator.web.pages import cells, count_queries, words

CSV = b"id,title\n1,Ana Torres in Rome\n2,\n3,Ana Torres in Rome\n4,Fado in Porto\n5,bell\x07\n"


@pytest.fixture(autouse=True)
def tagged_at_once(fake_tagger, model_version, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks):
    """Tasks run at once, and read with the fake tagger."""
    monkeypatch.setattr(taggers, "active_tagger", lambda: (fake_tagger, model_version))


@pytest.fixture
def send(lead_client: Client, django_capture_on_commit_callbacks):
    def upload(name: str, content: bytes, **headers: str):
        with django_capture_on_commit_callbacks(execute=True):
            return lead_client.post(reverse("upload"), {"file": SimpleUploadedFile(name, content)}, headers=headers)

    return upload


@pytest.fixture
def paste(lead_client: Client, django_capture_on_commit_callbacks):
    def post(titles: str):
        with django_capture_on_commit_callbacks(execute=True):
            return lead_client.post(reverse("paste"), {"titles": titles})

    return post


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("titles.txt", "Ana Torres in Rome\nFado in Porto\n"),
        ("TITLES.CSV", "title\nAna Torres in Rome\nFado in Porto\n"),
        ("titles.jsonl", '{"title": "Ana Torres in Rome"}\n"Fado in Porto"\n'),
    ],
)
def test_file_becomes_tagged_titles(lead_client: Client, lead: User, send, name: str, content: str):
    response = send(name, content.encode())
    batch = Batch.objects.get()
    assert response.url == reverse("batch", args=[batch.pk])
    assert (batch.name, batch.source, batch.created_by) == (name, "page", lead)
    assert set(Title.objects.values_list("text", flat=True)) == {"Ana Torres in Rome", "Fado in Porto"}
    assert not Title.objects.filter(state=TitleState.NEW).exists()
    page = words(lead_client.get(response.url))
    assert "Done Reading 100 % Tagging 2 of 2 2 rows taken 2 new titles 0 repeated 0 rejected" in page


def test_file_with_bad_rows_gives_the_others_and_a_rejects_file(lead_client: Client, send):
    url = send("autumn.csv", CSV).url
    page = words(lead_client.get(url))
    assert "3 rows taken 2 new titles 1 repeated 2 rejected Download the rejected rows" in page
    response = lead_client.get(reverse("rejects", args=[Batch.objects.get().pk]))
    assert response["Content-Disposition"] == 'attachment; filename="autumn.rejects.csv"'
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines] == [["line", "code"], ["3", "empty"], ["6", "control_characters"]]


def test_file_sent_twice_adds_arrivals_but_no_titles(send):
    send("autumn.csv", CSV)
    send("autumn.csv", CSV)
    assert (Batch.objects.count(), Title.objects.count(), Occurrence.objects.count()) == (2, 2, 6)


def test_htmx_upload_moves_to_the_batch(send):
    response = send("autumn.csv", CSV, **{"HX-Request": "true"})
    assert response["HX-Redirect"] == reverse("batch", args=[Batch.objects.get().pk])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("titles.pdf", b"x", "“titles.pdf” is not a .txt, .csv or .jsonl file."),
        ("titles", b"x", "“titles” is not a .txt, .csv or .jsonl file."),
        ("titles.txt", b"", "“titles.txt” is empty."),
    ],
)
def test_file_that_is_no_list_of_titles_is_refused_by_name(send, name: str, content: bytes, message: str):
    response = send(name, content)
    assert response.status_code == 422
    assert message in words(response)
    assert Batch.objects.count() == 0


def test_no_file_at_all_is_refused(lead_client: Client):
    response = lead_client.post(reverse("upload"), {})
    assert "Choose a file first." in words(response)


@override_settings(UPLOAD_MAX_BYTES=1024)
def test_file_that_is_too_large_is_dropped_with_both_sizes(send, lead_client: Client):
    response = send("titles.txt", b"x" * 2048)
    assert response.status_code == 422
    assert re.search(r"The file has 2\.\d\xa0KB; the limit is 1\.0\xa0KB\.", response.content.decode())
    assert Batch.objects.count() == 0


@override_settings(UPLOAD_MAX_BYTES=1024)
def test_limit_is_told_before_the_upload(lead_client: Client):
    page = lead_client.get(reverse("batches")).content.decode()
    assert "At most 1.0\xa0KB." in page
    assert 'data-limit="1024"' in page


def test_htmx_upload_that_is_refused_gets_its_form_alone(send):
    response = send("titles.pdf", b"x", **{"HX-Request": "true"})
    assert (response.status_code, "<html" in response.content.decode()) == (422, False)


def test_file_that_cannot_be_read_to_its_end_fails_in_words(lead_client: Client, send):
    url = send("autumn.csv", b"colour,size\nred,1\n").url
    page = words(lead_client.get(url))
    assert "This file could not be read to its end" in page
    assert Job.objects.get().error in page
    assert [row[1] for row in cells(lead_client.get(reverse("batches")))] == ["failed"]


def test_pasted_titles_are_read_a_line_each(lead_client: Client, paste):
    response = paste("Ana Torres in Rome\r\n\r\n  Fado in  Porto \nAna Torres in Rome")
    assert set(Title.objects.values_list("text", flat=True)) == {"Ana Torres in Rome", "Fado in Porto"}
    assert "3 rows taken 2 new titles 1 repeated 0 rejected" in words(lead_client.get(response.url))


@pytest.mark.parametrize("titles", ["", " \n \t"])
def test_pasting_nothing_is_refused(paste, titles: str):
    response = paste(titles)
    assert (response.status_code, Batch.objects.count()) == (422, 0)
    assert "Paste at least one title." in words(response)


def test_broker_that_is_down_leaves_the_batch_waiting(lead_client: Client, send, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.import_file, "apply_async", refuse)
    response = send("autumn.csv", CSV)
    assert Job.objects.get().state == JobState.QUEUED
    page = lead_client.get(response.url)
    assert "Waiting for the worker" in words(page)
    assert 'hx-trigger="every 1500ms"' in page.content.decode()


def test_progress_is_asked_for_until_the_end(lead_client: Client, send):
    url = send("autumn.csv", CSV).url
    Title.objects.update(state=TitleState.NEW)
    running = lead_client.get(url, headers={"HX-Request": "true"})
    assert "The model reads the titles" in words(running)
    assert "every 1500ms" in running.content.decode()
    Title.objects.update(state=TitleState.SETTLED)
    assert "every 1500ms" not in lead_client.get(url, headers={"HX-Request": "true"}).content.decode()


def test_batch_that_no_file_brought_is_shown_too(lead_client: Client):
    batch = factories.make_batch(source="rest", name="")
    factories.make_occurrence(factories.make_queue_item().title, batch)
    page = words(lead_client.get(reverse("batch", args=[batch.pk])))
    assert f"{batch.pk} REST" in page
    assert "Reading rows Reading 0 % Tagging 1 of 1 1 rows taken 1 new titles 0 repeated 0 rejected" in page


def test_file_that_is_half_read_shows_how_far(lead_client: Client, lead: User):
    batch = factories.make_batch(created_by=lead)
    params = {"kind": "txt", "name": "x", "file": "x.txt"}
    Job.objects.create(kind="import", batch=batch, state=JobState.RUNNING, params=params, done=5, total=20)
    assert "Reading rows Reading 25 % " in words(lead_client.get(reverse("batch", args=[batch.pk])))


def test_batches_are_listed_newest_first(lead_client: Client, lead: User, send):
    factories.make_batch(name="open.txt")
    send("autumn.csv", CSV)
    assert cells(lead_client.get(reverse("batches"))) == [
        ["autumn.csv page upload", "done", "3", "2", "lena", "now"],
        ["open.txt page upload", "being read", "0", "0", "", "now"],
    ]


def test_batch_list_polls_only_while_something_is_open(lead_client: Client, send):
    send("autumn.csv", CSV)
    assert "every 3s" not in lead_client.get(reverse("batches")).content.decode()
    factories.make_batch(name="open.txt")
    assert "every 3s" in lead_client.get(reverse("batches")).content.decode()


def test_batch_list_asks_as_often_for_one_row_as_for_three(lead_client: Client, send):
    send("a.csv", CSV)
    one = count_queries(lead_client, reverse("batches"))
    send("b.csv", CSV)
    send("c.csv", CSV)
    assert count_queries(lead_client, reverse("batches")) == one


def test_batch_page_asks_as_often_for_one_row_as_for_three(lead_client: Client, paste):
    one = count_queries(lead_client, paste("Ana in Rome").url)
    assert count_queries(lead_client, paste("Rui in Rome\nFado in Porto\nJo in Faro").url) == one


def test_batch_that_is_not_there_is_404(lead_client: Client):
    for name in ("batch", "rejects"):
        assert lead_client.get(reverse(name, args=[uuid4()])).status_code == 404


def test_batch_without_rejected_rows_has_no_rejects_file(lead_client: Client, paste):
    url = paste("Ana in Rome").url
    assert "Download the rejected rows" not in words(lead_client.get(url))
    for batch in (Batch.objects.get(), factories.make_batch()):
        assert lead_client.get(reverse("rejects", args=[batch.pk])).status_code == 404


def test_rejects_outside_of_the_uploads_are_not_given_out(lead_client: Client, send):
    send("autumn.csv", CSV)
    job = Job.objects.get()
    outside = Path(settings.VAR_DIR) / "secret.rejects.csv"
    outside.write_text("secret", encoding="utf8")
    job.params |= {"file": "../secret.csv"}
    job.save()
    assert rejects_path(job).is_file()
    assert lead_client.get(reverse("rejects", args=[job.batch_id])).status_code == 404


def test_batches_are_for_leads(reviewer_client: Client, send):
    send("autumn.csv", CSV)
    batch = Batch.objects.get()
    for name, args in (("batches", []), ("batch", [batch.pk]), ("rejects", [batch.pk])):
        assert reviewer_client.get(reverse(name, args=args)).status_code == 403
    for name in ("upload", "paste"):
        assert reviewer_client.post(reverse(name), {"titles": "x"}).status_code == 403
    assert Batch.objects.count() == 1


def test_uploaded_name_never_becomes_a_path(send):
    send("../../evil.txt", b"Ana in Rome\n")
    job = Job.objects.get()
    assert upload_path(job).parent == settings.UPLOADS_DIR
    assert Batch.objects.get().name == "evil.txt"
