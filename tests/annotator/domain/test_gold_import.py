"""Annotated titles from outside: what is taken, and what stays as people decided it."""

import pytest

from annotator.domain.gold_import import import_annotated
from annotator.domain.ingest import open_batch
from annotator.enums import AnnotationSource, Source, TitleState
from annotator.models import Annotation, Mention, Occurrence, Title
from ner_core.formats import Record
from ner_core.spans import Span
from tests.factories import make_annotation, make_queue_item, make_title, spans_of
from tests.races import run_at_once

TEXT = "Nova Star in Rome"
GOLD = Record(TEXT, (Span(0, 9, "PER"), Span(13, 17, "LOC")))


def take(*records, source=AnnotationSource.IMPORTED):
    rejects, conflicts = [], []
    batch = open_batch(source=Source.CLI, name="gold.jsonl", actor=None)
    count = import_annotated(
        batch, enumerate(records, start=1), source=source, on_reject=rejects.append, on_conflict=conflicts.append
    )
    return count, rejects, conflicts


def settled():
    return {row.title.text: (row.source, len(row.spans)) for row in Annotation.objects.select_related("title")}


def test_new_titles_are_stored_settled_and_linked(db):
    count, rejects, conflicts = take(GOLD, Record("Nothing here"))
    assert (count.read, count.settled, rejects, conflicts) == (2, 2, [], [])
    assert settled() == {TEXT: ("imported", 2), "Nothing here": ("imported", 0)}
    assert Mention.objects.get().name == "Nova Star"
    assert Occurrence.objects.count() == 2


def test_spans_follow_the_title_into_its_normal_form(db):
    take(Record("  Nova   Star  in Rome", (Span(2, 13, "PER"),)), source=AnnotationSource.TAUGHT)
    annotation = Annotation.objects.select_related("title").get()
    assert (annotation.title.text, annotation.spans) == (TEXT, spans_of(TEXT, ("Nova Star", "PER")))
    assert annotation.source == AnnotationSource.TAUGHT


def test_the_same_file_again_changes_nothing(db):
    take(GOLD)
    count, _, _ = take(GOLD)
    assert (count.settled, count.same, Title.objects.count()) == (0, 1, 1)


def test_what_a_person_decided_stays_and_the_conflict_names_both_readings(db):
    make_annotation(make_title(TEXT), spans=spans_of(TEXT, ("Nova Star", "MISC")), source=AnnotationSource.REVIEWED)
    count, _, conflicts = take(GOLD)
    assert (count.settled, count.conflicts, settled()) == (0, 1, {TEXT: ("reviewed", 1)})
    assert (conflicts[0].number, conflicts[0].code) == (1, "conflict")
    assert '"MISC"' in conflicts[0].message
    assert '"LOC"' in conflicts[0].message


def test_a_reading_of_a_person_that_is_the_same_stays_the_persons(db):
    make_annotation(make_title(TEXT), spans=spans_of(TEXT, ("Nova Star", "PER"), ("Rome", "LOC")))
    count, _, conflicts = take(GOLD)
    assert (count.same, conflicts, settled()) == (1, [], {TEXT: ("reviewed", 2)})


@pytest.mark.parametrize("source", [AnnotationSource.AUTO, AnnotationSource.PROPAGATED])
def test_what_a_machine_settled_is_replaced(db, source):
    make_annotation(make_title(TEXT), spans=[], source=source)
    assert take(GOLD)[0].settled == 1
    assert settled() == {TEXT: ("imported", 2)}


def test_a_waiting_title_is_settled_and_leaves_the_queue_and_a_flagged_one_waits_for_its_lead(db):
    item = make_queue_item(make_title(TEXT))
    make_title("Flagged", state=TitleState.FLAGGED)
    count, _, conflicts = take(GOLD, Record("Flagged"))
    item.refresh_from_db()
    assert (count.settled, count.conflicts, item.state) == (1, 1, "done")
    assert "flagged" in conflicts[0].message


def test_rows_that_cannot_be_stored_are_told_and_hold_back_no_other(db):
    count, rejects, _ = take(Record("   "), Record("x" * 3000), GOLD)
    assert (count.read, count.settled, count.rejected) == (3, 1, 2)
    assert [error.number for error in rejects] == [1, 2]


def test_a_title_twice_in_a_file_counts_once_and_its_first_spans_hold(db):
    count, _, conflicts = take(GOLD, GOLD, Record(TEXT))
    assert (count.read, count.settled, count.same, count.conflicts) == (3, 1, 1, 1)
    assert conflicts[0].number == 3
    assert settled() == {TEXT: ("imported", 2)}


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_settle_a_title_once():
    counts = run_at_once(*[lambda: take(GOLD)[0]] * 2)
    assert sorted(count.settled for count in counts) == [0, 1]
    assert Annotation.objects.count() == Title.objects.count() == 1
