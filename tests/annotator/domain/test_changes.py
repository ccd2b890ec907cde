import pytest

from annotator.domain.changes import carry_over, find_changes
from tests.factories import spans_of


def surfaces(text, spans):
    return [(text[span["start"] : span["end"]], span["label"]) for span in spans]


def changes_of(text, predicted, decided):
    return find_changes(text, spans_of(text, *predicted), spans_of(text, *decided))


def carried(changes, text, *pieces):
    found = carry_over(changes, text, spans_of(text, *pieces))
    return found and surfaces(text, found.spans)


def test_what_the_person_left_alone_and_what_the_model_had_not_read_are_no_change():
    changes = changes_of("Ana in Rome", [("Ana", "PER")], [("Ana", "PER"), ("Rome", "LOC")])
    assert changes == []


@pytest.mark.parametrize(
    ("predicted", "decided", "expected"),
    [
        ([("Ana", "PER")], [("Ana", "ORG")], [("Ana", "ORG")]),
        ([("Ana", "PER")], [], []),
        ([("Ana", "PER")], [("Ana Torres", "PER")], [("Ana Torres", "PER")]),
        ([("Ana Torres trio", "PER")], [("Ana Torres", "PER")], [("Ana Torres", "PER")]),
        ([("Ana Torres trio", "PER")], [("Ana", "PER"), ("Torres trio", "MISC")], [("Ana", "PER"), ("Torres trio", "MISC")]),
        ([("Ana", "PER"), ("Torres trio", "ORG")], [("Ana Torres trio", "PER")], [("Ana Torres trio", "PER")]),
    ],
)  # fmt: skip
def test_a_change_is_carried_over_as_it_was_made(predicted, decided, expected):
    changes = changes_of("Ana Torres trio live", predicted, decided)
    assert carried(changes, "Friday: Ana Torres trio in Rome", ("Friday", "DATE"), *predicted, ("Rome", "LOC")) == [
        ("Friday", "DATE"),
        *expected,
        ("Rome", "LOC"),
    ]


def test_spellings_of_one_performer_meet_but_dates_must_be_the_same():
    performer = changes_of("P!nk live", [("P!nk", "PER")], [("P!nk", "ORG")])
    date = changes_of("1/11", [("1/11", "DATE")], [("1/11", "MISC")])
    assert carried(performer, "PINK live", ("PINK", "PER")) == [("PINK", "ORG")]
    assert carried(date, "11/1", ("11/1", "DATE")) is None


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Ana live", [("Ana", "PER")]),  # the words are not there
        ("Ana Torreses live", [("Ana", "PER")]),  # nor are they as words
        ("Ana Torres live", [("Ana", "ORG")]),  # another label
        ("Ana Torres live", [("Ana", "PER"), ("Torres live", "MISC")]),  # no room
        ("Ana Torres live", [("live", "PER")]),  # another mention
        ("Ana Torres, Ana", [("Torres, ", "PER"), ("Ana", "PER")]),  # the words stand elsewhere
    ],
)
def test_a_change_that_does_not_fit_is_not_carried_over(text, pieces):
    changes = changes_of("Ana Torres live", [("Ana", "PER")], [("Ana Torres", "PER")])
    assert carried(changes, text, *pieces) is None


def test_what_was_carried_over_twice_is_what_was_carried_over_once():
    changes = changes_of("Ana live", [("Ana", "PER")], [("Ana", "ORG")])
    assert carried(changes, "Ana live", ("Ana", "ORG")) is None
    found = carry_over(changes, "Ana, Ana", spans_of("Ana, Ana", ("Ana", "PER"), ("Ana", "PER")))
    assert (surfaces("Ana, Ana", found.spans), len(found.replaced), found.kept) == ([("Ana", "ORG")] * 2, 2, [])
