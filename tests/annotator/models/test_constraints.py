"""What the database itself refuses, whoever writes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from annotator.enums import ModelState
from annotator.models import (
    Alias,
    Annotation,
    Artist,
    Job,
    Lease,
    Mention,
    ModelVersion,
    Occurrence,
    Prediction,
    QueueItem,
    Snapshot,
    Title,
    User,
    Verdict,
)
from tests.factories import (
    make_annotation,
    make_batch,
    make_model_version,
    make_occurrence,
    make_prediction,
    make_queue_item,
    make_title,
    make_user,
)


def refused(write):
    """Whether the database refuses to do it."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def copy_of(row, **changes):
    """A write of the same row once more, with a new key of its own."""
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    return lambda: type(row).objects.create(**(values | changes))


def change(row, **values):
    return lambda: type(row).objects.filter(pk=row.pk).update(**values)


def test_equal_titles_are_one_row(db):
    assert refused(copy_of(make_title()))


def test_a_row_of_a_batch_occurs_once(db):
    occurrence = make_occurrence(make_title())

    assert refused(copy_of(occurrence, title_id=make_title().pk))
    assert not refused(copy_of(occurrence, batch_id=make_batch().pk))


def test_a_model_version_reads_a_title_once(db):
    prediction = make_prediction()

    assert refused(copy_of(prediction))
    assert not refused(copy_of(prediction, model_version_id=make_model_version("next", state="candidate").pk))


def test_one_model_version_is_active(db):
    active = make_model_version()
    candidate = make_model_version("next", state=ModelState.CANDIDATE)

    assert refused(change(candidate, state=ModelState.ACTIVE))
    assert not refused(change(active, state=ModelState.RETIRED))
    assert not refused(change(candidate, state=ModelState.ACTIVE))


def test_a_title_is_queued_once_and_settled_once(db):
    item = make_queue_item()
    annotation = make_annotation(item.title)

    assert refused(copy_of(item))
    assert refused(copy_of(annotation))


def test_a_reviewer_holds_a_title_once(reviewer, lead):
    item = make_queue_item()
    lease = Lease.objects.create(item=item, reviewer=reviewer, tab=uuid4(), expires_at=timezone.now())

    assert refused(copy_of(lease, tab=uuid4(), expires_at=timezone.now() + timedelta(minutes=3)))
    assert not refused(copy_of(lease, reviewer_id=lead.pk))


def test_a_verdict_is_undone_once_and_only_an_undo_names_another(reviewer):
    title = make_title()
    verdict = Verdict.objects.create(title=title, reviewer=reviewer, action="accept")
    undo = Verdict.objects.create(title=title, reviewer=reviewer, action="undo", undoes=verdict)

    assert refused(copy_of(undo))
    assert refused(copy_of(verdict, action="undo"))
    assert refused(copy_of(verdict, undoes_id=undo.pk))


def test_homonyms_need_a_note(db):
    artist = Artist.objects.create(name="Arsenal", key="arsenal")

    assert refused(copy_of(artist, name="ARSENAL"))
    assert not refused(copy_of(artist, note="football club"))


def test_an_artist_has_a_spelling_once(db):
    artist = Artist.objects.create(name="Nova", key="nova")
    alias = Alias.objects.create(artist=artist, name="NOVA", key="nova")

    assert refused(copy_of(alias))


def test_a_span_is_one_mention_and_not_empty(db):
    mention = Mention.objects.get(annotation=make_annotation())

    assert refused(copy_of(mention))
    assert refused(copy_of(mention, start=5, end=5))


def test_a_snapshot_is_there_once(db):
    assert refused(copy_of(Snapshot.objects.create(digest="0" * 64, rows=0)))


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Title, {"state": "lost"}),
        (Annotation, {"source": "guessed"}),
        (QueueItem, {"band": "huge"}),
        (QueueItem, {"sampling_probability": 0}),
        (QueueItem, {"sampling_probability": 1.1}),
        (Prediction, {"confidence": 1.01}),
        (Prediction, {"confidence": -0.01}),
        (ModelVersion, {"state": "resting"}),
        (Artist, {"key": ""}),
        (Artist, {"kind": "planet"}),
        (Artist, {"state": "maybe"}),
        (Artist, {"source": "nowhere"}),
        (Alias, {"key": ""}),
        (Alias, {"source": "nowhere"}),
        (User, {"role": "king"}),
        (Job, {"state": "tired"}),
    ],
)
def test_values_outside_the_closed_sets_are_refused(db, model, fields):
    make_user()
    make_annotation(make_queue_item().title)
    Alias.objects.create(artist=Artist.objects.get(), name="NOVA", key="nova")
    Job.objects.create(kind="export")

    assert refused(change(model.objects.get(), **fields))


def test_what_a_person_decided_outlives_the_deletion_of_the_person(reviewer):
    Verdict.objects.create(title=make_title(), reviewer=reviewer, action="accept")

    with pytest.raises(ProtectedError):
        reviewer.delete()


def test_a_model_version_with_predictions_cannot_go(db):
    with pytest.raises(ProtectedError):
        make_prediction().model_version.delete()


def test_deleting_a_batch_leaves_its_titles(db):
    occurrence = make_occurrence(make_title())
    occurrence.batch.delete()

    assert (Title.objects.count(), Occurrence.objects.count()) == (1, 0)
