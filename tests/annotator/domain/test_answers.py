import pytest

from annotator.domain.answers import answer_texts
from annotator.enums import AnnotationSource, ArtistState
from annotator.models import Prediction, Title
from ner_core.engines.fake import FakeTagger
from ner_core.remembering import RememberingTagger
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.factories import make_annotation, make_artist, make_prediction, make_title, spans_of

TEXT = "Ana Torres live in Lisbon"


def test_what_people_settled_is_certain_and_names_no_model(fake_tagger):
    make_annotation(source=AnnotationSource.REVIEWED, prediction=make_prediction(make_title(TEXT), spans=[]))

    [answer] = answer_texts([TEXT], tagger=fake_tagger)

    assert answer.spans == (Span(0, 10, "PER", 1.0), Span(19, 25, "LOC", 1.0))
    assert (answer.text, answer.confidence, answer.band) == (TEXT, 1.0, "high")
    assert (answer.source, answer.annotation_source, answer.model_version) == ("annotation", "reviewed", None)
    assert fake_tagger.calls == []


def test_what_the_model_settled_keeps_its_scores(fake_tagger, model_version):
    prediction = make_prediction(make_title(TEXT), confidence=0.93)
    make_annotation(source=AnnotationSource.AUTO, prediction=prediction)

    [answer] = answer_texts([TEXT], tagger=fake_tagger)

    assert answer.spans == (Span(0, 10, "PER", 0.75), Span(19, 25, "LOC", 0.75))
    assert (answer.confidence, answer.band) == (0.93, "high")
    assert (answer.source, answer.annotation_source, answer.model_version) == ("annotation", "auto", model_version.name)


def test_what_nobody_settled_comes_from_the_model_with_its_band(db):
    reading = Reading((Span(0, 10, "PER", 0.7),), 0.65)
    tagger = FakeTagger("next@0", script={TEXT: reading})
    make_prediction(make_title(TEXT))

    [answer] = answer_texts([TEXT], tagger=tagger)

    assert (answer.spans, answer.confidence, answer.band) == (reading.spans, 0.65, "middle")
    assert (answer.source, answer.annotation_source, answer.model_version) == ("model", None, "next@0")


def test_spans_are_in_the_text_as_it_was_sent(fake_tagger):
    title = make_title("Beyonc\u00e9 \U0001f3ba in N\u00eemes")
    make_annotation(title, spans=spans_of(title.text, ("Beyoncé", "PER"), ("Nîmes", "LOC")))
    sent = "  Beyonce\u0301 \u00a0\U0001f3ba\tin  Ni\u0302mes "

    [answer] = answer_texts([sent], tagger=fake_tagger)

    assert [sent[span.start : span.end] for span in answer.spans] == ["Beyonce\u0301", "Ni\u0302mes"]
    assert answer.text == sent


def test_answers_come_in_order_and_the_model_reads_each_text_once(fake_tagger):
    make_annotation(make_title(TEXT))
    texts = ["Kid Orbit", TEXT, "Nova Star", "Kid Orbit", f" {TEXT} "]

    answers = answer_texts(texts, tagger=fake_tagger)

    assert [answer.text for answer in answers] == texts
    assert [answer.source for answer in answers] == ["model", "annotation", "model", "model", "annotation"]
    assert answers[0] == answers[3]
    assert fake_tagger.calls == [["Kid Orbit", "Nova Star"]]


def test_no_text_is_no_answer_and_an_empty_text_an_empty_one(fake_tagger):
    assert answer_texts([], tagger=fake_tagger) == []
    assert answer_texts([""], tagger=fake_tagger)[0].spans == ()


def test_nothing_is_stored(fake_tagger):
    answer_texts(["Kid Orbit"], tagger=fake_tagger)

    assert (Title.objects.count(), Prediction.objects.count()) == (0, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_answering_asks_once_for_one_text_as_for_three(rows, fake_tagger, django_assert_num_queries):
    texts = [make_annotation(prediction=make_prediction(), source="auto").title.text for _ in range(rows)]

    with django_assert_num_queries(3):  # limits, annotations, known names (two)
        answer_texts([*texts, "Kid Orbit"], tagger=fake_tagger)


def test_a_flagged_title_is_answered_by_the_model(fake_tagger):
    make_title(TEXT, state="flagged")

    assert answer_texts([TEXT], tagger=fake_tagger)[0].source == "model"


def test_a_reading_is_remembered_until_the_title_is_settled_or_another_model_reads(fake_tagger):
    remembering = RememberingTagger(fake_tagger, most=10)
    for _time in range(2):
        assert answer_texts([TEXT], tagger=remembering)[0].source == "model"
    assert fake_tagger.calls == [[TEXT]]

    annotation = make_annotation(make_title(TEXT), spans=spans_of(TEXT, ("Lisbon", "LOC")))
    assert answer_texts([TEXT], tagger=remembering)[0].spans == (Span(19, 25, "LOC", 1.0),)
    annotation.delete()
    assert answer_texts([TEXT], tagger=remembering)[0].source == "model"


def test_a_remembered_reading_is_seen_in_the_light_of_names_that_came_since(fake_tagger):
    remembering = RememberingTagger(
        FakeTagger("fake", script={TEXT: Reading((Span(0, 10, "PER", 0.7),), 0.6)}), most=10
    )
    before = answer_texts([TEXT], tagger=remembering)[0]
    make_artist("Ana Torres", state=ArtistState.CONFIRMED)
    after = answer_texts([TEXT], tagger=remembering)[0]
    assert after.confidence > before.confidence
