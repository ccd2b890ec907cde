"""The artist table speaks at once: on cards that wait, and in what REST is told, without a title tagged anew."""

from uuid import uuid4

import pytest

from annotator.domain.answers import answer_texts
from annotator.domain.known_names import find_known_names
from annotator.domain.leasing import lease_cards
from annotator.domain.review import record_verdict
from annotator.models import Alias, Annotation, Artist
from ner_core.engines.fake import FakeTagger
from ner_core.gazetteer import artist_key
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.factories import make_prediction, make_queue_item, make_title, spans_of

pytestmark = pytest.mark.django_db
TEXT = "Marlow Vane live at Lantern Hall"
LOC = ("Lantern Hall", "LOC", 0.9)
PER = ("Marlow Vane", "PER", 0.6)


def know(name, *aliases, state="confirmed"):
    artist = Artist.objects.create(name=name, key=artist_key(name), state=state)
    for alias in aliases:
        Alias.objects.create(artist=artist, name=alias, key=artist_key(alias))
    return artist


def names_in(text):
    return [(text[name.start : name.end], name.is_short) for name in find_known_names([text])[0]]


def wait(*pieces, confidence=0.7, others=()):
    alternatives = [{"spans": spans_of(TEXT, *other), "confidence": share} for other, share in others]
    title = make_title(TEXT)
    prediction = make_prediction(title, spans=spans_of(TEXT, *pieces), confidence=confidence, alternatives=alternatives)
    make_queue_item(prediction=prediction)
    return title


def card_of(reviewer):
    [card] = lease_cards(reviewer=reviewer, tab=uuid4())
    return card


def drawn(spans):
    return [(TEXT[span["start"] : span["end"]], span["label"]) for span in spans]


def test_confirmed_names_are_found_in_any_spelling_longest_first():
    know("Marlow Vane", "M. Vane")
    know("Vane")
    know("Lantern", state="proposed")
    know("Hall", state="rejected")
    assert names_in("MARLOW VANE + Vane @ Lantern Hall") == [("MARLOW VANE", False), ("Vane", True)]
    assert names_in("(m vane) tonight, M. Vane!") == [("M. Vane", False)]


def test_words_in_small_letters_are_no_names():
    know("Live")
    know("The Future")
    assert names_in("drinks live in the future") == []


def test_a_waiting_card_profits_at_once_from_a_name_that_agrees(reviewer):
    title = wait(PER, LOC)
    know("Marlow Vane")
    card = card_of(reviewer)
    assert card.confidence > 0.7
    assert [span["score"] > 0.6 for span in card.spans] == [True, True]
    assert (card.proposed, title.predictions.get().confidence) == (False, 0.7)


def test_a_missed_name_is_offered_as_another_reading(reviewer):
    wait(LOC)
    know("Marlow Vane")
    card = card_of(reviewer)
    assert (drawn(card.spans), card.confidence < 0.7) == ([LOC[:2]], True)
    assert drawn(card.alternatives[0]["spans"]) == [PER[:2], LOC[:2]]


def test_a_reading_that_the_table_puts_first_is_drawn_and_accepting_it_is_a_correction(reviewer):
    title = wait(("Marlow", "PER", 0.5), confidence=0.4, others=[((PER,), 0.35)])
    know("Marlow Vane")
    card = card_of(reviewer)
    assert (drawn(card.spans), card.proposed) == ([PER[:2]], True)
    record_verdict(
        title_id=title.pk,
        reviewer=reviewer,
        verdict_id=uuid4(),
        action="correct",
        spans=card.spans,
        prediction_id=card.prediction_id,
    )
    assert drawn(Annotation.objects.get().spans) == [PER[:2]]


def test_a_name_that_is_rejected_again_takes_its_effect_back(reviewer):
    wait(PER, LOC)
    artist = know("Marlow Vane")
    Artist.objects.filter(pk=artist.pk).update(state="rejected")
    assert card_of(reviewer).confidence == 0.7


def test_without_the_setting_the_table_is_silent(reviewer, settings):
    settings.KNOWN_NAMES = False
    wait(PER, LOC)
    know("Marlow Vane")
    assert card_of(reviewer).confidence == 0.7


def test_answers_profit_in_offsets_of_the_text_as_sent():
    spans = (Span(0, 11, "PER", 0.6),)
    tagger = FakeTagger(version="fake", script={TEXT: Reading(spans, 0.7)})
    know("Marlow Vane")
    [answer] = answer_texts(["  Marlow\u00a0 Vane live at Lantern Hall"], tagger=tagger)
    assert answer.confidence > 0.7
    assert [(span.start, span.end) for span in answer.spans] == [(2, 14)]
