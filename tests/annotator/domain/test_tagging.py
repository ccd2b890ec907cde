"""Tagging: the same result however often, by however many, and wherever it is cut."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.domain import tagging
from annotator.domain.tagging import batch_progress, find_new_title_ids, tag_titles
from annotator.enums import AnnotationSource, Band, QueueReason, TitleState
from annotator.models import Annotation, Mention, ModelVersion, Prediction, QueueItem, Title
from ner_core.engines.fake import FakeTagger
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.factories import make_annotation, make_batch, make_model_version, make_occurrence, make_title, make_user
from tests.races import run_at_once

SURE, HALF, UNSURE = "Kassandra Vey", "Gletscher", "Marée Haute"


def scripted(version: ModelVersion) -> FakeTagger:
    readings = {
        text: Reading((Span(0, len(text), "PER", score),), score, (Reading((), 0.01),))
        for text, score in ((SURE, 0.97), (HALF, 0.75), (UNSURE, 0.2))
    }
    return FakeTagger(version=version.name, script=readings)


def outcome() -> list[tuple]:
    """What tagging left behind, without ids and times."""
    predictions = Prediction.objects.order_by("title__text", "model_version__name")
    items = QueueItem.objects.order_by("title__text")
    return [
        list(Title.objects.order_by("text").values_list("text", "state")),
        list(predictions.values_list("title__text", "model_version__name", "confidence")),
        list(items.values_list("title__text", "band", "reason", "state")),
        list(Annotation.objects.order_by("title__text").values_list("title__text", "source")),
    ]


@pytest.fixture
def titles(db: None) -> list[Title]:
    return [make_title(text) for text in (SURE, HALF, UNSURE)]


def test_tag_titles_stores_predictions_and_routes_by_band(titles: list[Title], model_version: ModelVersion):
    count = tag_titles([title.pk for title in titles], tagger=scripted(model_version), model_version=model_version)

    assert (count.tagged, count.skipped) == (3, 0)
    sure, half, unsure = Title.objects.order_by("pk")
    assert [sure.state, half.state, unsure.state] == [TitleState.SETTLED, TitleState.WAITING, TitleState.WAITING]
    assert sure.annotation.source == AnnotationSource.AUTO
    assert sure.annotation.spans == [{"start": 0, "end": 13, "label": "PER"}]
    assert Mention.objects.get().artist.name == SURE
    assert (half.queue_item.band, half.queue_item.reason) == (Band.MIDDLE, QueueReason.MIDDLE)
    assert (unsure.queue_item.band, unsure.queue_item.reason) == (Band.LOW, QueueReason.LOW)
    prediction = half.predictions.get()
    assert prediction.spans == [{"start": 0, "end": 9, "label": "PER", "score": 0.75}]
    assert prediction.alternatives == [{"spans": [], "confidence": 0.01}]


def test_tag_titles_twice_changes_nothing_and_asks_the_model_once(titles: list[Title], model_version: ModelVersion):
    tagger, ids = scripted(model_version), [title.pk for title in titles]
    tag_titles(ids, tagger=tagger, model_version=model_version)
    first = outcome()

    count = tag_titles(ids, tagger=tagger, model_version=model_version)

    assert (count.tagged, count.skipped) == (0, 3)
    assert tagger.calls == [[SURE, HALF, UNSURE], []]
    assert outcome() == first


@pytest.mark.django_db(transaction=True)
def test_tag_titles_by_two_workers_at_once_gives_one_result():
    version = make_model_version()
    ids = [make_title(text).pk for text in (SURE, HALF, UNSURE)]
    tag_titles(ids, tagger=scripted(version), model_version=version)
    alone = outcome()
    Annotation.objects.all().delete()
    QueueItem.objects.all().delete()
    Prediction.objects.all().delete()
    Title.objects.update(state=TitleState.NEW)

    answers = run_at_once(
        *[
            lambda order=order: tag_titles(order, tagger=scripted(version), model_version=version)
            for order in (ids, ids[::-1])
        ]
    )

    assert [type(answer).__name__ for answer in answers] == ["TagCount", "TagCount"]
    assert outcome() == alone


@pytest.mark.django_db(transaction=True)
def test_tag_titles_killed_before_routing_leaves_nothing_and_runs_again(monkeypatch: pytest.MonkeyPatch):
    version = make_model_version()
    ids = [make_title(text).pk for text in (SURE, HALF, UNSURE)]

    def die(*_args: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(tagging, "route_predictions", die)
        with pytest.raises(SystemExit):
            tag_titles(ids, tagger=scripted(version), model_version=version)
    assert not Prediction.objects.exists()

    tag_titles(ids, tagger=scripted(version), model_version=version)
    assert Prediction.objects.count() == 3
    assert not Title.objects.filter(state=TitleState.NEW).exists()


def test_tag_titles_never_touches_what_a_person_settled(model_version: ModelVersion):
    title = make_title(SURE, state=TitleState.SETTLED)
    make_annotation(title, spans=[], source=AnnotationSource.REVIEWED)

    tag_titles([title.pk], tagger=scripted(model_version), model_version=model_version)

    title.refresh_from_db()
    assert (title.state, title.annotation.source, title.annotation.spans) == (TitleState.SETTLED, "reviewed", [])
    assert title.predictions.count() == 1
    assert not QueueItem.objects.exists()


def test_tag_titles_leaves_flagged_titles_flagged(model_version: ModelVersion):
    title = make_title(HALF, state=TitleState.FLAGGED)
    tag_titles([title.pk], tagger=scripted(model_version), model_version=model_version)
    title.refresh_from_db()
    assert title.state == TitleState.FLAGGED


def test_tag_titles_keeps_one_prediction_for_each_model_version(model_version: ModelVersion):
    title = make_title(HALF)
    tag_titles([title.pk], tagger=scripted(model_version), model_version=model_version)
    other = make_model_version("other", state="candidate")
    tag_titles([title.pk], tagger=scripted(other), model_version=other)
    assert title.predictions.count() == 2
    assert QueueItem.objects.get().prediction.model_version == model_version


def test_tag_titles_skips_titles_that_are_gone(model_version: ModelVersion):
    count = tag_titles([999_999], tagger=scripted(model_version), model_version=model_version)
    assert (count.tagged, count.skipped) == (0, 1)


def test_tag_titles_asks_the_database_the_same_for_one_and_three(model_version: ModelVersion):
    sure = {f"Act {n}": Reading((), 0.99) for n in range(4)} | {f"Who {n}": Reading((), 0.1) for n in range(4)}
    tagger = FakeTagger(script=sure)

    def count(numbers: range) -> int:
        ids = [make_title(f"{word} {n}").pk for n in numbers for word in ("Act", "Who")]
        with CaptureQueriesContext(connection) as context:
            tag_titles(ids, tagger=tagger, model_version=model_version)
        return len(context)

    assert count(range(1)) == count(range(1, 4))


def test_find_new_title_ids_goes_by_age_and_place(db: None):
    old, settled, fresh = make_title("old"), make_title("done", state=TitleState.SETTLED), make_title("fresh")
    Title.objects.filter(pk__in=[old.pk, settled.pk]).update(created_at=timezone.now() - timedelta(hours=1))
    minute_ago = timezone.now() - timedelta(minutes=1)
    assert find_new_title_ids(limit=5) == [old.pk, fresh.pk]
    assert find_new_title_ids(limit=5, after=old.pk) == [fresh.pk]
    assert find_new_title_ids(limit=5, older_than=minute_ago) == [old.pk]
    assert find_new_title_ids(limit=1) == [old.pk]


def test_batch_progress_counts_distinct_titles(db: None):
    batch = make_batch(created_by=make_user())
    tagged, new = make_title("a", state=TitleState.WAITING), make_title("b")
    for row, title in enumerate((tagged, new, new), start=1):
        make_occurrence(title, batch, row=row)
    progress = batch_progress(batch)
    assert (progress.tagged, progress.total) == (1, 2)
