from datetime import datetime
from uuid import uuid4

import pytest
from django.utils import timezone

from annotator.domain.bulk import assign_titles
from annotator.domain.queries.search import search_artists, search_titles
from annotator.domain.review import record_verdict
from annotator.enums import AnnotationSource, ArtistKind, ArtistState, Band, TitleState
from annotator.models import Alias, Annotation, Artist, Title
from ner_core.gazetteer import artist_key
from tests.factories import (
    make_annotation,
    make_artist,
    make_model_version,
    make_prediction,
    make_queue_item,
    make_title,
    spans_of,
)


def found(**criteria):
    return [title.text for title in search_titles(**criteria)]


def test_without_criteria_everything_comes_newest_first(db):
    for text in ("first", "second", "third"):
        make_title(text)

    assert found() == ["third", "second", "first"]


def test_text_means_every_word_in_any_order_and_case(db):
    for text in ("Nova Star in Oslo", "Oslo: NOVA live", "Nova in Bergen", "100% Nova_Star"):
        make_title(text)

    assert found(text="oslo nova") == ["Oslo: NOVA live", "Nova Star in Oslo"]
    assert found(text="100%") == ["100% Nova_Star"]
    assert found(text="va_st") == ["100% Nova_Star"]


def test_state_band_and_source(db):
    low, middle = make_queue_item(make_title("low"), band=Band.LOW), make_queue_item(make_title("middle"))
    make_annotation(make_title("imported"), spans=[], source=AnnotationSource.IMPORTED)
    make_title("new")

    assert found(state=TitleState.WAITING) == [middle.title.text, low.title.text]
    assert found(band=Band.LOW) == ["low"]
    assert found(source=AnnotationSource.IMPORTED) == ["imported"]
    assert found(state=TitleState.NEW, text="new") == ["new"]
    assert found(state=TitleState.NEW, band=Band.LOW) == []


def test_a_label_is_looked_for_in_the_settled_reading_else_in_the_waiting_one(db):
    text = "Nova Star in Oslo 1"
    title = make_title(text)
    prediction = make_prediction(title, spans=spans_of(text, ("Nova Star", "PER")))
    make_queue_item(title, prediction=prediction)
    make_annotation(title, spans=spans_of(text, ("Oslo", "LOC")))
    waiting = make_queue_item(
        prediction=make_prediction(make_title("Kid Orbit"), spans=spans_of("Kid Orbit", ("Kid", "PER")))
    )

    assert (found(label="LOC"), found(label="PER"), found(label="ORG")) == ([text], [waiting.title.text], [])


def test_model_version_and_reviewer(reviewer, model_version):
    candidate = make_model_version("candidate", state="candidate")
    read_twice = make_prediction(make_title("read twice")).title
    make_prediction(read_twice, model_version=candidate)
    item = make_queue_item(make_title("decided"))
    for action in ("skip", "accept"):
        record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action=action)

    assert found(model_version=candidate.name) == ["read twice"]
    assert found(model_version=model_version.name) == ["decided", "read twice"]
    assert (found(reviewer=reviewer.username), found(reviewer="nobody")) == (["decided"], [])


@pytest.mark.parametrize("rows", [1, 3])
def test_titles_come_with_what_a_list_shows_in_one_query(rows, reviewer, django_assert_num_queries):
    for _ in range(rows):
        item = make_queue_item()
        record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action="accept")

    with django_assert_num_queries(1):
        shown = [
            (title.annotation.verdict.reviewer, title.queue_item.prediction.model_version.name)
            for title in search_titles()
        ]
    assert len(shown) == rows


def test_artists_are_found_by_name_key_and_alias(db):
    for name in ("Kid Orbit", "Nóva Star", "!!!"):
        make_artist(name)
    Alias.objects.create(
        artist=Artist.objects.get(name="Kid Orbit"), name="Orbite Junior", key=artist_key("Orbite Junior")
    )

    def names(text):
        return [artist.name for artist in search_artists(text)]

    assert (names("nova"), names("  NOVA  star "), names("junior"), names("!!"), names("xyz")) == (
        ["Nóva Star"],
        ["Nóva Star"],
        ["Kid Orbit"],
        ["!!!"],
        [],
    )
    assert names("") == ["!!!", "Kid Orbit", "Nóva Star"]


def test_artists_are_filtered_by_state_and_kind(db):
    make_artist("Kid Orbit", kind=ArtistKind.DJ)
    make_artist("Nova Star", state=ArtistState.CONFIRMED)

    assert [artist.name for artist in search_artists(kind=ArtistKind.DJ)] == ["Kid Orbit"]
    assert [artist.name for artist in search_artists(state=ArtistState.CONFIRMED)] == ["Nova Star"]


@pytest.mark.parametrize("rows", [1, 3])
def test_artists_come_with_aliases_and_mentions_counted(rows, db, django_assert_num_queries):
    for number in range(rows):
        text = f"Nova {number}, NOVA {number}"
        make_annotation(make_title(text), spans=spans_of(text, (f"Nova {number}", "PER"), (f"NOVA {number}", "PER")))

    with django_assert_num_queries(2):
        shown = [(artist.mention_count, [alias.name for alias in artist.aliases.all()]) for artist in search_artists()]
    assert shown == [(2, [f"NOVA {number}"]) for number in range(rows)]


def test_a_band_also_finds_what_was_settled_without_the_queue(model_version):
    for text, confidence in (("sure", 0.95), ("half sure", 0.7), ("unsure", 0.2)):
        make_annotation(prediction=make_prediction(make_title(text), confidence=confidence), source="auto")
    queued = make_queue_item(make_title("queued"), band=Band.LOW, confidence=0.95)
    make_annotation(queued.title, prediction=queued.prediction)

    assert [found(band=band) for band in Band] == [["sure"], ["half sure"], ["queued", "unsure"]]


def test_days_are_whole_and_in_the_time_zone_of_the_desk(model_version):
    for text, minute in (("before", "2025-11-22T22:59"), ("first", "2025-11-22T23:00"), ("last", "2025-11-24T22:59")):
        title, at = make_title(text), datetime.fromisoformat(f"{minute}:00+00:00")
        make_annotation(title, spans=[])
        Title.objects.filter(pk=title.pk).update(created_at=at)
        Annotation.objects.filter(title=title).update(updated_at=at)

    with timezone.override("Europe/Brussels"):
        assert found(arrived_from="2025-11-23", arrived_to="2025-11-24") == ["last", "first"]
        assert found(settled_from="2025-11-23", settled_to="2025-11-24") == ["last", "first"]
        assert found(settled_to="2025-11-22") == ["before"]


def test_assigned_titles_are_found_while_they_wait(lead, reviewer):
    waiting, done = make_queue_item(make_title("waiting")), make_queue_item(make_title("done"))
    assign_titles(uuid4(), title_ids=[waiting.title_id, done.title_id], actor=lead, assignee=reviewer)
    record_verdict(title_id=done.title_id, reviewer=reviewer, verdict_id=uuid4(), action="nothing")

    assert (found(assignee="rosa"), found(assignee="lena")) == (["waiting"], [])
