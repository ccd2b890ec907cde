"""Models: what is shown to whom, and what a lead's buttons do."""

from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from annotator import jobs
from annotator.domain import model_versions
from annotator.enums import AnnotationSource, JobKind, JobState, ModelState
from annotator.models import Comparison, Job, ModelVersion, Promotion, User
from tests.annotator.web.pages import count_queries, words
from tests.factories import make_annotation, make_model_version, make_title

CURVE = [
    {"step": step, "loss": 1 / step, "score": score} for step, score in ((10, None), (20, 0.5), (30, 0.5), (40, 0.7))
]


def figures(**changes) -> dict:
    return {
        "title_exact": 0.7, "lineup_exact": 0.8, "best3": 0.85, "span_ece": 0.03, "title_ece": 0.04, "speed": 120.0, "size": 10,
        "errors": {"missed": 3}, "reliability": [[0.0, 0.5, 0, None, None], [0.5, 1.0, 9, 0.8, 0.7]],
    } | changes  # fmt: skip


def difference(**changes) -> dict:
    return {"first": 0.81, "second": 0.84, "change": 0.03, "low": 0.01, "high": 0.05, "gold": 120} | changes


@pytest.fixture
def active(db, monkeypatch) -> ModelVersion:
    monkeypatch.setattr(model_versions, "require_files", lambda _version: None)
    return make_model_version("old", activated_at=timezone.now())


@pytest.fixture
def candidate(active) -> ModelVersion:
    training = {"curve": CURVE, "options": {"steps": 40, "sources": {"reviewed": 1.0}}, "titles": 80, "held_out": 20}
    version = make_model_version("new", state=ModelState.CANDIDATE, origin="trained", parent=active, training=training)
    spans = [{"start": 0, "end": 4, "label": "PER", "score": 0.9}]
    Comparison.objects.create(
        candidate=version, against=active, gold_digest="ab" * 32, titles=99, passed=False,
        reasons=[{"code": "worse_label", "value": -0.05, "limit": -0.03, "label": "ORG"}],
        report={"f1": {"micro": difference(), "PER": difference()}, "before": figures(), "after": figures(speed=140.0),
                "high_limit": 0.87, "changed": 30},
        changed=[{"text": f"Nova {number} in Rome", "before": [], "after": spans, "gold": spans} for number in range(30)],
    )  # fmt: skip
    return version


@pytest.fixture
def web(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


def test_models_page_lists_versions_with_gate_and_what_there_is_to_train_on(web, candidate):
    make_annotation(make_title("Gold in Rome"), source=AnnotationSource.IMPORTED)
    make_annotation(make_title("Some act in Rome"))
    page = words(web.get("/models/"))
    assert "new candidate old 0.840 did not pass" in page
    assert "1 titles to train on 0 to calibrate on 1 gold, to compare on" in page
    assert "Train a candidate" in page


def test_models_page_asks_as_often_for_one_version_as_for_three(web, candidate):
    before = count_queries(web, "/models/")
    for name in ("third", "fourth"):
        make_model_version(name, state=ModelState.CANDIDATE)
    assert count_queries(web, "/models/") == before


def test_reviewers_see_models_but_no_buttons_and_may_press_none(client, reviewer, candidate):
    client.force_login(reviewer)
    for url in ("/models/", f"/models/{candidate.pk}/"):
        page = words(client.get(url))
        assert "Train a candidate" not in page
        assert "Make it live" not in page
    job = Job.objects.create(kind=JobKind.TRAIN)
    posts = [
        "train/",
        "back/",
        f"work/{job.pk}/cancel/",
        *(f"{candidate.pk}/{act}/" for act in ("compare", "promote", "delete")),
    ]
    assert {client.post(f"/models/{path}").status_code for path in posts} == {403}
    assert client.get(f"/models/{candidate.pk}/download/").status_code == 403
    job.refresh_from_db()
    assert (job.state, model_versions.active_version().name) == (JobState.QUEUED, "old")


def test_a_training_is_started_once_and_shown_with_its_progress(web, active, django_capture_on_commit_callbacks):
    assert web.post("/models/train/", {"sources": ["reviewed", "auto"], "steps": ""}).status_code == 302
    job = Job.objects.get()
    assert (job.kind, job.params["options"]["sources"]) == (JobKind.TRAIN, {"reviewed": 1.0, "auto": 0.2})
    assert "Waiting for the worker" in words(web.get("/models/"))
    web.post("/models/train/", {"sources": ["reviewed"]})
    assert Job.objects.count() == 1
    result = {"stage": "training", "curve": CURVE, "seconds_left": 61}
    Job.objects.update(state=JobState.RUNNING, done=40, total=80, result=result)
    page = web.get("/models/")
    assert "Step 40 of 80 about 2 minutes left" in words(page)
    assert 'hx-trigger="every 2s"' in page.content.decode()
    assert 'class="plot"' in web.get("/models/", headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize("data", [{}, {"sources": ["guesses"]}, {"sources": ["reviewed"], "steps": "-3"}])
def test_a_training_that_cannot_be_is_refused_on_the_page(web, active, data):
    response = web.post("/models/train/", data)
    assert (response.status_code, Job.objects.count()) == (422, 0)


def test_work_is_stopped_once(web, active):
    job = jobs.start_retagging(actor=None)
    for _time in range(2):
        assert web.post(f"/models/work/{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert web.post(f"/models/work/{uuid4()}/cancel/").status_code == 404


def test_a_model_shows_lineage_gate_curve_and_what_changes(web, candidate):
    page = words(web.get(f"/models/{candidate.pk}/"))
    for text in (
        "Trained from old", "sources reviewed 1", "It does not pass the gate", "F1 of organisation changes by -0.05; it may lose 0.03.",
        "all labels 0.810 0.840 0.030 0.010 … 0.050 120", "titles a second 120 140", "limit of the high band becomes 0.87",
        "30 titles change", "1 / 2", "It has not passed the gate. Why may it go live?",
    ):  # fmt: skip
        assert text in page
    assert "Nova 29 in Rome" not in page
    assert "Nova P (performer) 29 in Rome" in words(web.get(f"/models/{candidate.pk}/", {"page": 2}))


def test_the_active_model_has_no_button_to_make_it_live(web, active):
    page = words(web.get(f"/models/{active.pk}/"))
    assert "Make it live" not in page
    assert web.get("/models/999/").status_code == 404


def test_what_did_not_pass_goes_live_with_a_note_only_and_the_queue_is_read_again(web, candidate, lead):
    url = f"/models/{candidate.pk}/promote/"
    assert "did not pass the gate" in words(web.post(url, follow=True))
    assert model_versions.active_version().name == "old"
    page = words(web.post(url, {"note": "new guidelines"}, follow=True))
    assert "new is active. The queue is read again." in page
    assert "new guidelines" in page
    assert Promotion.objects.values_list("actor", "overruled").get() == (lead.pk, True)
    assert Job.objects.get().kind == JobKind.RETAG


def test_going_back_is_one_click(web, candidate):
    web.post(f"/models/{candidate.pk}/promote/", {"note": "x"})
    assert "old is active again." in words(web.post("/models/back/", follow=True))
    assert model_versions.active_version().name == "old"


def test_nothing_to_go_back_to_is_said(web, active):
    assert "No other model version was active before." in words(web.post("/models/back/", follow=True))


def test_a_comparison_is_asked_for_and_the_active_one_has_nobody_to_be_compared_with(web, candidate, active):
    web.post(f"/models/{candidate.pk}/compare/")
    assert Job.objects.get().params == {"version": candidate.pk}
    assert "no other active version" in words(web.post(f"/models/{active.pk}/compare/", follow=True))


def test_a_candidate_is_deleted_and_the_active_one_stays(web, candidate, active):
    assert "old is in use and stays." in words(web.post(f"/models/{active.pk}/delete/", follow=True))
    assert "new is deleted." in words(web.post(f"/models/{candidate.pk}/delete/", follow=True))
    assert list(ModelVersion.objects.values_list("name", flat=True)) == ["old"]


def test_a_checkpoint_is_downloaded_without_anything_that_runs_code(web, candidate, settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path
    monkeypatch.setattr("annotator.web.views.models.require_files", lambda _version: None)
    (tmp_path / "new").mkdir()
    for name in ("config.json", "model.safetensors", "lineup.json", "pytorch_model.bin", "notes.py"):
        (tmp_path / "new" / name).write_text(name)
    response = web.get(f"/models/{candidate.pk}/download/")
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:
        assert sorted(archive.namelist()) == ["config.json", "lineup.json", "model.safetensors"]


def test_what_the_last_training_and_reading_did_is_told(web, candidate):
    Job.objects.create(
        kind=JobKind.TRAIN, state=JobState.FAILED, error="There are 3 titles", error_code="too_few_titles"
    )
    done = {"read": 1200, "settled": 300, "returned": 4, "left": 2}
    Job.objects.create(kind=JobKind.RETAG, state=JobState.DONE, result=done)
    page = words(web.get("/models/"))
    assert "There are 3 titles" in page
    assert "1,200 titles, 300 of them settled, 2 left as they were; 4 came back to people, 0 wait again" in page


def test_a_sample_is_judged_blind_one_title_after_another(web, candidate):
    sample = [
        {"text": f"Act {number} in Rome", "before": [], "after": [{"start": 0, "end": 3, "label": "PER"}]}
        for number in (1, 2)
    ]
    Comparison.objects.update(sample=sample)
    url = f"/models/{candidate.pk}/judge/"
    assert "Judge 2 titles" in words(web.get(f"/models/{candidate.pk}/"))
    page = words(web.get(url))
    assert "2 titles left" in page
    assert "candidate" not in page
    for place in ("0", "0", "1"):
        web.post(url, {"place": place, "choice": "equal"})
    assert "Every title of the sample is judged." in words(web.get(url))
    assert "There is no such choice." in words(web.post(url, {"place": "1", "choice": "x"}, follow=True))
    assert "The sample has no such title." in words(web.post(url, {"place": "x", "choice": "left"}, follow=True))


def test_what_was_not_compared_cannot_be_judged(web, active):
    assert "not compared" in words(web.get(f"/models/{active.pk}/judge/", follow=True))
