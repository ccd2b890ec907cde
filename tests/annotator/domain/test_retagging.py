"""After a promotion the queue is read again: what the new model settles, what it gives back, and what it leaves alone."""

from uuid import uuid4

import pytest

from annotator.domain import retagging
from annotator.domain.gold import gold_annotations
from annotator.domain.leasing import lease_cards
from annotator.domain.model_versions import active_version
from annotator.domain.retagging import retag_queue, run_retag
from annotator.domain.review import record_verdict
from annotator.enums import AnnotationSource, JobKind, JobState, ModelState, QueueReason, QueueState, TitleState
from annotator.models import Annotation, Job, Mention, ModelVersion, Prediction, QueueItem, Title
from ner_core.engines.fake import FakeTagger
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.factories import make_annotation, make_model_version, make_prediction, make_queue_item, make_title, spans_of

TEXT = "Nova Star in Rome"
SURE = Reading((Span(0, 9, "PER", 0.99), Span(13, 17, "LOC", 0.99)), 0.97)
UNSURE = Reading((Span(0, 9, "PER", 0.5),), 0.4)


@pytest.fixture
def new(db, settings) -> ModelVersion:
    settings.AUDIT_SHARE, settings.BLIND_SHARE = 0.0, 0.0
    old = make_model_version("old")
    ModelVersion.objects.filter(pk=old.pk).update(state=ModelState.RETIRED)
    return make_model_version("new")


def old_version():
    return ModelVersion.objects.get(name="old")


def wait(text=TEXT, **fields):
    title = make_title(text, state=TitleState.WAITING)
    prediction = make_prediction(title, model_version=old_version(), confidence=0.7)
    return make_queue_item(title, prediction=prediction, **fields)


def retag(new, reading=SURE, texts=(TEXT,)):
    return retag_queue(FakeTagger("new", dict.fromkeys(texts, reading)), new)


def test_what_the_new_model_is_sure_of_is_settled(new):
    item = wait()
    count = retag(new)
    item.refresh_from_db()
    annotation = Annotation.objects.get()
    assert (count.read, count.settled, count.moved, count.left) == (1, 1, 1, 0)
    assert (annotation.source, annotation.prediction.model_version) == (AnnotationSource.AUTO, new)
    assert (item.state, item.title.state) == (QueueState.DONE, TitleState.SETTLED)


def test_what_it_is_unsure_of_waits_on_with_the_new_reading(new, settings):
    settings.SECOND_OPINION = True
    item = wait()
    count = retag(new, UNSURE)
    item.refresh_from_db()
    assert (count.settled, count.moved) == (0, 1)
    assert (item.prediction.model_version, item.band, item.reason, item.opinions_needed) == (new, "low", "low", 2)
    assert item.confidence == 0.4


def test_twice_changes_nothing_more(new):
    wait()
    retag(new, UNSURE)
    assert retag(new, SURE).read == 0
    assert Prediction.objects.filter(model_version=new).count() == 1


def test_what_somebody_holds_has_begun_or_has_corrected_is_left(new, reviewer, lead):
    held, carried, begun = (
        wait("Held in Rome"),
        wait("Carried in Rome", proposal=[]),
        wait("Begun in Rome", opinions_needed=2),
    )
    record_verdict(title_id=begun.title_id, reviewer=lead, verdict_id=uuid4(), action="accept")
    lease_cards(reviewer=reviewer, tab=uuid4(), count=1)
    lease = held.leases.exists() or carried.leases.exists() or begun.leases.exists()
    count = retag(new, SURE, [item.title.text for item in (held, carried, begun)])
    assert lease
    assert count.left >= 2
    for item in (carried,):
        item.refresh_from_db()
        assert item.prediction.model_version == old_version()


def test_audits_go_on_judging_the_model_that_settled_them(new):
    item = wait(reason=QueueReason.AUDIT, band="high")
    make_annotation(item.title, source=AnnotationSource.AUTO)
    assert retag(new).read == 0
    item.refresh_from_db()
    assert item.prediction.model_version == old_version()


def test_a_title_that_a_lead_sent_back_stays_with_people(new):
    item = wait(reason=QueueReason.RETURNED)
    assert retag(new).settled == 0
    item.refresh_from_db()
    assert (item.state, item.reason, item.prediction.model_version) == (QueueState.WAITING, QueueReason.RETURNED, new)


def test_a_share_of_what_it_settles_is_audited(new, settings):
    settings.AUDIT_SHARE = 1.0
    item = wait()
    assert retag(new).settled == 1
    item.refresh_from_db()
    assert (item.state, item.reason, Annotation.objects.get().source) == (QueueState.WAITING, QueueReason.AUDIT, "auto")


def decide_by_person(text=TEXT, **fields):
    title = make_title(text)
    prediction = make_prediction(title, model_version=old_version())
    make_queue_item(title, prediction=prediction, state=QueueState.DONE)
    return make_annotation(
        title,
        spans=spans_of(text, ("Nova Star", "MISC")),
        source=AnnotationSource.REVIEWED,
        prediction=prediction,
        **fields,
    )


def test_a_person_whom_the_new_model_contradicts_for_sure_is_asked_again_and_nothing_is_overwritten(new, lead):
    annotation = decide_by_person()
    count = retag(new)
    assert (count.checked, count.returned) == (1, 1)
    annotation.refresh_from_db()
    assert annotation.spans == spans_of(TEXT, ("Nova Star", "MISC"))
    item = QueueItem.objects.get()
    assert (item.state, item.reason, item.prediction.model_version) == (QueueState.WAITING, QueueReason.RETURNED, new)
    verdict = record_verdict(title_id=item.title_id, reviewer=lead, verdict_id=uuid4(), action="accept")
    assert not verdict.late
    assert len(Annotation.objects.get().spans) == 2


@pytest.mark.parametrize("reading", [UNSURE, Reading((Span(0, 9, "MISC", 0.99),), 0.99)])
def test_nobody_is_asked_again_where_it_is_unsure_or_agrees(new, reading):
    decide_by_person()
    count = retag(new, reading)
    assert (count.checked, count.returned, QueueItem.objects.get().state) == (1, 0, QueueState.DONE)


def test_only_so_many_are_given_back(new, monkeypatch):
    monkeypatch.setattr(retagging, "RETURNED_MOST", 1)
    texts = [TEXT, f"{TEXT} !"]
    for text in texts:
        decide_by_person(text)
    count = retag(new, SURE, texts)
    assert (count.checked, count.returned) == (2, 1)


def test_the_job_notes_what_was_done(new):
    wait()
    job = Job.objects.create(kind=JobKind.RETAG)
    run_retag(str(job.pk), active=lambda: (FakeTagger("new", {TEXT: SURE}), active_version()))
    job.refresh_from_db()
    assert (job.state, job.result["settled"], job.done, job.total) == (JobState.DONE, 1, 1, 1)


def test_what_a_version_that_was_rolled_back_had_settled_waits_again_unless_the_active_one_is_sure_too(new):
    texts = [TEXT, f"{TEXT} !"]
    for text in texts:
        title = make_title(text)
        prediction = make_prediction(title, model_version=old_version(), confidence=0.99)
        make_queue_item(title, prediction=prediction, state=QueueState.DONE)
        make_annotation(
            title, spans=spans_of(text, ("Nova Star", "PER")), source=AnnotationSource.AUTO, prediction=prediction
        )
    person = decide_by_person("Decided in Rome Nova Star")
    tagger = FakeTagger("new", {texts[0]: SURE, texts[1]: UNSURE, person.title.text: UNSURE})
    count = retag_queue(tagger, new, withdrawn=old_version())
    assert (count.withdrawn, count.returned) == (1, 0)
    states = dict(Title.objects.values_list("text", "state"))
    assert states == {texts[0]: "settled", texts[1]: "waiting", person.title.text: "settled"}
    item = QueueItem.objects.get(title__text=texts[1])
    assert (item.state, item.reason, item.prediction.model_version) == (QueueState.WAITING, "low", new)
    assert Annotation.objects.get(title__text=texts[0]).prediction.model_version == new
    assert not Mention.objects.filter(annotation__title__text=texts[1]).exists()
    assert retag_queue(tagger, new, withdrawn=old_version()).withdrawn == 0


@pytest.mark.parametrize("fields", [{"reason": QueueReason.AUDIT}, {"blind": True}])
def test_gold_is_not_given_back_and_stays_gold(new, fields):
    decide_by_person()
    QueueItem.objects.update(**fields)
    assert retag(new).returned == 0
    assert gold_annotations().count() == 1
