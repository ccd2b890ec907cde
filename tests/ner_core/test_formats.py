import io
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.formats import FormatError, Record, conll, jsonl
from ner_core.spans import Span
from tests.ner_core.strategies import titles_with_spans

BOTH = pytest.mark.parametrize("module", [jsonl, conll])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
metas = st.dictionaries(st.text(max_size=6).filter(lambda key: key not in ("text", "spans")), json_values, max_size=3)


def through_a_file(module: ModuleType, records: list[Record]) -> list[Record]:
    """Written as UTF-8 and read as a program on any system may: universal newlines."""
    data = "".join(module.write(records)).encode("utf-8")
    return list(module.read(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")))


@BOTH
@given(titles=st.lists(st.tuples(titles_with_spans(), metas), max_size=4))
def test_records_come_back_exactly(module: ModuleType, titles: list):
    records = [Record(text, spans, meta) for (text, spans), meta in titles]

    assert through_a_file(module, records) == records


@BOTH
def test_hard_records_come_back_exactly(module: ModuleType):
    records = [
        Record("Ana Bo", (Span(0, 3, "PER"), Span(4, 6, "PER"))),
        Record("AnaBo", (Span(0, 3, "PER"), Span(3, 5, "PER"))),
        Record("M-Dots", (Span(0, 5, "PER"),)),
        Record("  odd \u00a0 white\tspace \r\n", (Span(2, 5, "MISC"),)),
        Record("# text = not a comment", (Span(0, 1, "MISC"),), {"n": 1}),
        Record("#", (Span(0, 1, "MISC"),)),
        Record("\ud800x\x85y\u2028z\x00", (Span(1, 2, "PER"),)),
        Record("e\u0301", (Span(0, 1, "PER"),)),
        Record(""),
        Record(" "),
    ]

    assert through_a_file(module, records) == records


@BOTH
def test_no_line_holds_what_a_reader_may_take_for_a_line_break(module: ModuleType):
    lines = list(module.write([Record("a\x85\u2028\x0b\r\nb\x1c", (), {"k": "\u2029"})]))

    assert "".join(lines).splitlines() == [line.rstrip("\n") for line in lines]


def test_jsonl_keeps_scores_and_letters():
    (line,) = jsonl.write([Record("Zoë", (Span(0, 3, "PER", 0.5),), {"source": "demo", "text": "hidden"})])

    assert (
        line == '{"text": "Zoë", "spans": [{"start": 0, "end": 3, "label": "PER", "score": 0.5}], "source": "demo"}\n'
    )
    assert list(jsonl.read([line])) == [Record("Zoë", (Span(0, 3, "PER", 0.5),), {"source": "demo"})]


def test_jsonl_reads_titles_without_spans_and_skips_blank_lines():
    assert list(jsonl.read(['{"text": "Ana"}\n', "\n", "  \n"])) == [Record("Ana")]


def test_conll_lines_are_columns_with_offsets():
    lines = list(conll.write([Record("Ana, Bo", (Span(0, 3, "PER"), Span(5, 7, "LOC")), {"id": 7})]))

    assert lines == [
        '# text = "Ana, Bo"\n',
        '# meta = {"id": 7}\n',
        "Ana\t0\t3\tB-PER\n",
        ",\t3\t4\tO\n",
        "Bo\t5\t7\tB-LOC\n",
        "\n",
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "not_an_object"),
        ("{}", "no_text"),
        ('{"text": 5}', "no_text"),
        ('{"text": "Ana", "spans": {}}', "not_a_span"),
        ('{"text": "Ana", "spans": [5]}', "not_a_span"),
        ('{"text": "Ana", "spans": [{"start": 0, "end": 9, "label": "PER"}]}', "out_of_range"),
        ('{"text": "Ana", "spans": [{"start": 0, "end": 3, "label": "X"}]}', "unknown_label"),
    ],
)
def test_jsonl_names_the_bad_line_and_goes_on(line: str, code: str):
    good = '{"text": "Bo"}'
    errors: list[FormatError] = []

    records = list(jsonl.read([good, line, good], on_error=errors.append))

    assert records == [Record("Bo")] * 2
    assert [(error.line, error.code) for error in errors] == [(2, code)]
    with pytest.raises(FormatError, match="line 2"):
        list(jsonl.read([good, line]))


@pytest.mark.parametrize(
    ("lines", "number", "code"),
    [
        (["Ana\t0\t3\tO"], 3, "no_text"),
        (["# text = {"], 3, "not_json"),
        (["# text = 5"], 3, "no_text"),
        (['# text = "Ana"', "# meta = []"], 4, "not_an_object"),
        (['# text = "Ana"', "Ana O"], 4, "bad_columns"),
        (['# text = "Ana"', "Ana\t0\tx\tO"], 4, "bad_columns"),
        (['# text = "Ana"', "Ana\t0\t3\tPER"], 4, "bad_tag"),
        (['# text = "Ana"', "Ana\t0\t3\tI-PER"], 4, "bad_tag"),
        (['# text = "Ana"', "Ana\t0\t9\tB-PER"], 3, "out_of_range"),
        (['# text = "Ana Bo"', "Ana\t0\t3\tB-PER", "Bo\t4\t6\tI-LOC"], 5, "bad_tag"),
    ],
)
def test_conll_names_the_bad_line_and_goes_on(lines: list[str], number: int, code: str):
    good = ['# text = "Bo"', ""]
    errors: list[FormatError] = []

    records = list(conll.read([*good, *lines, "", *good], on_error=errors.append))

    assert records == [Record("Bo")] * 2
    assert [(error.line, error.code) for error in errors] == [(number, code)]
    with pytest.raises(FormatError, match=f"line {number}"):
        list(conll.read([*good, *lines]))
