from uuid import uuid4

from annotator.domain.queries.history import title_history
from annotator.domain.review import record_verdict
from tests.factories import (
    make_annotation,
    make_batch,
    make_model_version,
    make_occurrence,
    make_prediction,
    make_queue_item,
    make_title,
    spans_of,
)

ANA = [("Ana Torres", "PER")]


def test_events_follow_each_other_in_time(reviewer):
    item = make_queue_item(
        prediction=make_prediction(make_title("Ana Torres in Rome"), spans=spans_of("Ana", ("Ana", "PER")))
    )
    record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action="accept")

    history = title_history(item.title, viewer=reviewer)

    assert [event.kind for event in history.events] == ["arrived", "read", "entered", "decided", "settled"]
    assert history.annotation.verdict.reviewer == reviewer


def test_reading_that_counts_is_the_settled_one_else_the_waiting_one_else_the_last(reviewer):
    title = make_title("Ana Torres in Rome")
    assert title_history(title, viewer=reviewer).spans == []

    prediction = make_prediction(title, spans=spans_of(title.text, ("Rome", "LOC")))
    assert title_history(title, viewer=reviewer).spans == prediction.spans

    make_queue_item(title, prediction=prediction)
    make_prediction(title, spans=[], model_version=make_model_version(state="candidate"))
    assert title_history(title, viewer=reviewer).spans == prediction.spans

    make_annotation(title, spans=spans_of(title.text, *ANA))
    assert title_history(title, viewer=reviewer).spans == spans_of(title.text, *ANA)


def test_mentions_lead_to_their_artists(reviewer):
    title = make_title("Ana Torres in Rome")
    make_annotation(title, spans=spans_of(title.text, *ANA))

    assert [mention.artist.name for mention in title_history(title, viewer=reviewer).mentions] == ["Ana Torres"]


def test_only_the_first_arrivals_are_shown_but_all_are_counted(reviewer, monkeypatch):
    monkeypatch.setattr("annotator.domain.queries.history.OCCURRENCES_SHOWN", 2)
    title, batch = make_title("Ana Torres in Rome"), make_batch()
    for row in (1, 2, 3):
        make_occurrence(title, batch, row=row)

    history = title_history(title, viewer=reviewer)

    assert ([occurrence.row for occurrence in history.occurrences], history.occurrence_count) == ([1, 2], 3)
