import pytest

from annotator.domain.lineup import lineup_view
from ner_core.spans import Span
from tests.factories import spans_of


def view(text, *pieces):
    return lineup_view(text, [Span(**span) for span in spans_of(text, *pieces)])


def test_the_view_has_what_existing_clients_read():
    text = "  Bluebird FM presents: Nova Star & Kid Orbit - Silent Sea Tour, Workshop, Oslo, 3 May 2019 "
    pieces = [
        ("Bluebird FM", "ORG"),
        ("Nova Star", "PER"),
        ("Kid Orbit", "PER"),
        ("Silent Sea Tour", "MISC"),
        ("Oslo", "LOC"),
        ("3 May 2019", "DATE"),
    ]

    assert view(text, *pieces) == {
        "event_name": "Bluebird FM presents: Nova Star & Kid Orbit - Silent Sea Tour, Workshop, Oslo, 3 May 2019",
        "artists": ["Nova Star", "Kid Orbit"],
        "event_info": ["Silent Sea Tour"],
        "location": ["Oslo"],
        "date": ["3 May 2019"],
        "related_keywords": ["Bluebird FM", "Workshop"],
    }


def test_a_name_is_listed_once_in_its_first_spelling_and_with_single_blanks():
    text = "Nova\u00a0 Star, NOVA STAR"

    assert view(text, ("Nova\u00a0 Star", "PER"), ("NOVA STAR", "PER"))["artists"] == ["Nova Star"]


def test_spans_count_in_the_order_of_the_title():
    text = "Kid Orbit, Nova Star"
    spans = [Span(11, 20, "PER", 0.9), Span(0, 9, "PER", 0.4)]

    assert lineup_view(text, spans)["artists"] == ["Kid Orbit", "Nova Star"]


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        ("Live at the pub & more", ["Live", "pub"]),
        ("Soirée avec les amis de l'été", ["Soirée", "amis", "été"]),
        ("live LIVE Live", ["live"]),
        ("19:30 // 2019 ++ 🎺", []),
        ("コンサート", ["コンサート"]),
        ("", []),
    ],
)
def test_keywords_are_words_outside_spans_that_say_something(text, keywords):
    assert lineup_view(text, [])["related_keywords"] == keywords


def test_words_inside_a_span_are_no_keywords():
    assert view("Silent Sea Tour", ("Silent Sea Tour", "MISC"))["related_keywords"] == []
