from annotator.domain.queries.batches import list_batches, list_exports
from annotator.enums import JobKind
from annotator.models import Job
from tests.factories import make_batch, make_occurrence, make_queue_item, make_title


def test_batches_know_their_rows_and_what_is_untagged(db):
    first, second = make_batch(name="first"), make_batch(name="second")
    waiting = make_queue_item().title
    make_occurrence(waiting, first)
    make_occurrence(waiting, first)
    make_occurrence(make_title(), first)

    rows = [(batch.name, batch.read, batch.untagged) for batch in list_batches()]

    assert rows == [("second", 0, 0), ("first", 3, 1)]
    assert second.pk != first.pk


def test_exports_are_newest_first_without_imports(lead):
    old, _import, new = (
        Job.objects.create(kind=kind, created_by=lead) for kind in (JobKind.EXPORT, JobKind.IMPORT, JobKind.EXPORT)
    )

    assert list(list_exports()) == [new, old]
