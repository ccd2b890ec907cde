"""Titles named by few rows, and by many."""

import pytest

from annotator.domain.queries import narrowing
from annotator.domain.queries.narrowing import few_of, named_by
from annotator.domain.queries.search import search_titles
from annotator.enums import AnnotationSource
from annotator.models import Annotation, Title
from tests.factories import make_annotation, make_prediction, make_queue_item, make_title, spans_of


@pytest.fixture(params=[0, 1, 2_000], ids=["many", "more than one", "few"])
def most_rows(request, monkeypatch):
    monkeypatch.setattr(narrowing, "MOST_ROWS", request.param)


def test_few_and_many_rows_name_the_same_titles(db, most_rows):
    for text in ("first", "second"):
        make_annotation(make_title(text), spans=[], source=AnnotationSource.IMPORTED)
    make_annotation(make_title("another source"), spans=[])
    make_title("not settled")
    rows = Annotation.objects.filter(source=AnnotationSource.IMPORTED)
    assert [title.text for title in named_by(Title.objects.order_by("-pk"), rows)] == ["second", "first"]
    assert not named_by(Title.objects.all(), Annotation.objects.filter(source=AnnotationSource.AGREED))


def test_a_label_is_found_whether_few_titles_have_it_or_many(db, most_rows):
    waiting = make_title("Ana in Rome")
    make_queue_item(prediction=make_prediction(waiting, spans=spans_of(waiting.text, ("Rome", "LOC", 0.9))))
    make_annotation(make_title("Nova in Oslo"), spans=spans_of("Nova in Oslo", ("Oslo", "LOC")))
    make_annotation(make_title("Ana at 8"), spans=spans_of("Ana at 8", ("8", "DATE")))
    assert [title.text for title in search_titles(label="LOC")] == ["Nova in Oslo", "Ana in Rome"]
    assert [title.text for title in search_titles(label="ORG")] == []


def test_a_span_too_long_for_a_key_is_found_by_its_label(db):
    text = "word " * 99 + "word"
    make_annotation(make_title(text), spans=[{"start": 0, "end": len(text), "label": "MISC"}])
    assert [title.text for title in search_titles(label="MISC")] == [text]


def test_ids_of_several_lists_are_few_only_together(db, monkeypatch):
    for text in ("first", "second"):
        make_title(text)
    ids = Title.objects.values_list("pk", flat=True)
    assert few_of([ids, ids[:1]]) == sorted(ids)
    monkeypatch.setattr(narrowing, "MOST_ROWS", 1)
    assert few_of([ids[:1], ids]) is None
