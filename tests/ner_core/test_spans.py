import pytest

from ner_core.spans import Span, SpanError, span_from_dict, span_to_dict, validate_spans


def test_validate_spans_sorts_by_place():
    late, early = Span(6, 10, "LOC"), Span(0, 5, "PER", 0.5)

    assert validate_spans("Alpha Bern", [late, early]) == [early, late]


def test_validate_spans_lets_spans_touch():
    touching = [Span(0, 1, "PER"), Span(1, 2, "PER")]

    assert validate_spans("星夜", touching) == touching


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        ([Span(-1, 2, "PER")], "out_of_range"),
        ([Span(0, 99, "PER")], "out_of_range"),
        ([Span(2, 2, "PER")], "empty"),
        ([Span(3, 2, "PER")], "empty"),
        ([Span(0, 2, "per")], "unknown_label"),
        ([Span(0, 6, "PER")], "whitespace_edge"),
        ([Span(5, 10, "PER")], "whitespace_edge"),
        ([Span(0, 5, "PER"), Span(4, 8, "LOC")], "overlap"),
        ([Span(0, 10, "PER"), Span(6, 8, "LOC")], "overlap"),
        ([Span(0, 5, "PER"), Span(0, 5, "PER")], "overlap"),
    ],
)
def test_validate_spans_refuses(spans: list[Span], code: str):
    with pytest.raises(SpanError) as caught:
        validate_spans("Alpha\u00a0Bern", spans)

    assert caught.value.code == code


def test_validate_spans_knows_only_the_labels_it_is_given():
    with pytest.raises(SpanError, match="not one of PER"):
        validate_spans("Bern", [Span(0, 4, "LOC")], labels=("PER",))


@pytest.mark.parametrize("span", [Span(0, 4, "PER"), Span(1, 2, "DATE", 0.25)])
def test_span_dict_round_trips(span: Span):
    assert span_from_dict(span_to_dict(span)) == span


def test_span_to_dict_leaves_out_an_absent_score():
    assert span_to_dict(Span(0, 4, "PER")) == {"start": 0, "end": 4, "label": "PER"}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"start": 0, "end": 4},
        {"start": "0", "end": 4, "label": "PER"},
        {"start": True, "end": 4, "label": "PER"},
        {"start": 0, "end": 4.0, "label": "PER"},
        {"start": 0, "end": 4, "label": 5},
        {"start": 0, "end": 4, "label": "PER", "score": "high"},
        {"start": 0, "end": 4, "label": "PER", "score": 1.5},
        {"start": 0, "end": 4, "label": "PER", "score": float("nan")},
        {"start": 0, "end": 4, "label": "PER", "score": True},
    ],
)
def test_span_from_dict_refuses(data: object):
    with pytest.raises(SpanError) as caught:
        span_from_dict(data)

    assert caught.value.code == "not_a_span"
