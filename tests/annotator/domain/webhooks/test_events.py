"""What is noted: with what it tells of, once, and only for whom wants to know."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from annotator.domain import model_versions
from annotator.domain.annotations import Settlement, settle_titles
from annotator.domain.ingest import close_batch
from annotator.domain.promotion import promote, rollback
from annotator.domain.review import record_verdict
from annotator.domain.webhooks.events import note_ended_batches
from annotator.domain.webhooks.registry import add_webhook, change_webhook
from annotator.enums import AnnotationSource, JobKind, JobState, ModelOrigin, ModelState, TitleState
from annotator.models import Delivery, Job
from tests.factories import (
    SPANS,
    make_annotation,
    make_batch,
    make_model_version,
    make_occurrence,
    make_queue_item,
    make_title,
)
from tests.races import run_at_once

pytestmark = pytest.mark.django_db


def noted() -> list[tuple[str, dict]]:
    return list(Delivery.objects.order_by("created_at").values_list("event", "subject"))


def test_a_verdict_tells_that_its_title_is_settled(told, reviewer):
    item = make_queue_item()
    record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action="accept")
    assert noted() == [("title.settled", {"titles": [item.title_id]})]


def test_many_titles_go_in_messages_of_a_hundred(told):
    titles = [make_title() for _ in range(101)]
    settle_titles([Settlement(title, SPANS, AnnotationSource.AUTO) for title in titles])
    ids = [title.pk for title in titles]
    assert [subject["titles"] for _, subject in noted()] == [ids[:100], ids[100:]]


def test_what_is_rolled_back_is_not_told(told):
    with transaction.atomic():
        make_annotation()
        transaction.set_rollback(True)
    assert noted() == []


def test_nobody_who_did_not_ask_is_told(told, receiver, lead):
    hook, _ = told
    add_webhook(actor=lead, name="models only", url=receiver.url, events=["model.promoted"])
    change_webhook(hook, actor=lead, name="shop", url=receiver.url, events=["title.settled"], active=False)
    make_annotation()
    assert noted() == []


def test_a_batch_is_told_of_once_when_its_last_title_is_tagged(told):
    batch = make_batch()
    first, last = make_title(state=TitleState.WAITING), make_title()
    for title in (first, last):
        make_occurrence(title, batch)
    assert note_ended_batches() == 0, "it is not closed"
    close_batch(batch)
    assert note_ended_batches() == 0, "a title is new"
    last.state = TitleState.WAITING
    last.save()
    assert (note_ended_batches(), note_ended_batches()) == (1, 0)
    assert noted() == [("batch.done", {"batch": str(batch.pk)})]


def test_a_batch_whose_file_could_not_be_read_has_ended_too(told):
    batch = make_batch()
    Job.objects.create(kind=JobKind.IMPORT, state=JobState.FAILED, batch=batch)
    assert note_ended_batches() == 1
    assert noted() == [("batch.done", {"batch": str(batch.pk)})]


def test_models_that_go_live_and_back(told, lead, monkeypatch):
    monkeypatch.setattr(model_versions, "require_files", lambda _version: None)
    former = make_model_version("old@1", activated_at=timezone.now())
    version = make_model_version("new@2", state=ModelState.CANDIDATE, origin=ModelOrigin.ADDED)
    promote(version, actor=lead)
    rollback(actor=lead)
    assert noted() == [
        ("model.promoted", {"version": version.pk, "former": "old@1", "rolled_back": False}),
        ("model.promoted", {"version": former.pk, "former": "new@2", "rolled_back": True}),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_that_look_at_once_tell_it_once(told):
    close_batch(make_batch())
    assert sum(run_at_once(note_ended_batches, note_ended_batches)) == 1
    assert len(noted()) == 1
