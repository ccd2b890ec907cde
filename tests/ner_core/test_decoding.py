"""The lattice against brute force: every legal path written out, scored and summed."""

import itertools

import numpy as np
import pytest

from ner_core.decoding import Pieced, decode, decode_all
from ner_core.labels import LabelScheme
from ner_core.lattice import DecoderSettings, DecodingError, Lattice
from ner_core.spans import Span
from ner_core.units import Unit, path_of_spans, units

SCHEMES = {
    "BIO": LabelScheme.bio(("PER", "LOC")),
    "IO": LabelScheme.io(("PER", "LOC")),
    "IO with I-": LabelScheme.from_id2label({0: "I-PER", 1: "O", 2: "I-LOC"}),
    "BIO shuffled": LabelScheme.from_id2label({0: "I-LOC", 1: "B-PER", 2: "O", 3: "B-LOC", 4: "I-PER"}),
}
TEXT = "Ab, C/Del"
OFFSETS = [(0, 1), (1, 2), (2, 3), (3, 5), (5, 6), (6, 9)]
SpanSet = frozenset[tuple[int, int, str]]


def random_case(scheme: LabelScheme, seed: int) -> tuple[np.ndarray, DecoderSettings]:
    random = np.random.default_rng(seed)
    classes = len(scheme.id2label)
    transitions = random.normal(size=(classes, classes)) if seed % 2 else None
    settings = DecoderSettings(scheme, transitions, ("sum", "mean", "first")[seed % 3], temperature=0.5 + seed % 4)
    return random.normal(size=(len(OFFSETS), classes)) * 3, settings


def spelled_out(logits: np.ndarray, settings: DecoderSettings) -> dict[SpanSet, float]:
    """Log potential of each reading of TEXT, straight from the definitions. Ab is one unit of two pieces; the others have one."""
    names = settings.scheme.id2label
    unit_pieces = [[0, 1], [2], [3], [4], [5]]
    ranges = [(0, 2), (2, 3), (4, 5), (5, 6), (6, 9)]
    found: dict[SpanSet, float] = {}
    for path in itertools.product(names, repeat=5):
        if not is_legal(path, settings.scheme.kind):
            continue
        score = 0.0
        for all_pieces, name in zip(unit_pieces, path, strict=True):
            pieces = all_pieces[:1] if settings.pooling == "first" else all_pieces
            rows = [names.index(name), *[names.index(name.replace("B-", "I-"))] * (len(pieces) - 1)]
            total = sum(logits[piece, row] for piece, row in zip(pieces, rows, strict=True))
            score += total / len(pieces) if settings.pooling == "mean" else total
        if settings.transitions is not None:
            score += sum(settings.transitions[names.index(a), names.index(b)] for a, b in itertools.pairwise(path))
        spans = span_set(path, ranges, settings.scheme.kind)
        assert spans not in found
        found[spans] = score / settings.temperature
    return found


def is_legal(path: tuple[str, ...], kind: str) -> bool:
    steps = zip(("O", *path), path, strict=False)
    return kind == "IO" or all(not b.startswith("I-") or a[1:] == b[1:] for a, b in steps)


def span_set(path: tuple[str, ...], ranges: list[tuple[int, int]], kind: str) -> SpanSet:
    spans: list[list] = []
    before = "O"
    for name, (start, end) in zip(path, ranges, strict=True):
        label = name.removeprefix("B-").removeprefix("I-")
        if name != "O" and label == before and not name.startswith("B-"):
            spans[-1][1] = end
        elif name != "O":
            spans.append([start, end, label])
        before = label
    return frozenset((start, end, label) for start, end, label in spans)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", SCHEMES)
def test_decode_agrees_with_brute_force(name: str, seed: int):
    logits, settings = random_case(SCHEMES[name], seed)
    scores = spelled_out(logits, settings)
    partition = np.logaddexp.reduce(list(scores.values()))
    ranked = sorted(scores.items(), key=lambda item: -item[1])

    readings = decode(TEXT, OFFSETS, logits, settings, n_best=20)

    assert len(readings) == 20
    for reading, (spans, score) in zip(readings, ranked, strict=False):
        assert frozenset(span.triple for span in reading.spans) == spans
        assert reading.probability == pytest.approx(np.exp(score - partition))
        for span in reading.spans:
            holding = [value for other, value in scores.items() if span.triple in other]
            assert span.score == pytest.approx(np.exp(np.logaddexp.reduce(holding) - partition))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SCHEMES)
def test_n_best_lists_every_reading_once_and_the_probabilities_sum_to_one(name: str, seed: int):
    logits, settings = random_case(SCHEMES[name], seed)

    readings = decode(TEXT, OFFSETS, logits, settings, n_best=10_000)

    assert {frozenset(span.triple for span in reading.spans) for reading in readings} == set(
        spelled_out(logits, settings)
    )
    assert len(readings) == len(spelled_out(logits, settings))
    assert sum(reading.probability for reading in readings) == pytest.approx(1)


@pytest.mark.parametrize("name", SCHEMES)
def test_outside_risk_is_the_likeliest_entity_that_was_left_out(name: str):
    logits, settings = random_case(SCHEMES[name], 5)
    scores = spelled_out(logits, settings)
    partition = np.logaddexp.reduce(list(scores.values()))
    ranges = [(0, 2), (2, 3), (4, 5), (5, 6), (6, 9)]
    inside = {
        place: sum(
            np.exp(score - partition)
            for spans, score in scores.items()
            if any(start <= place[0] and place[1] <= end for start, end, _ in spans)
        )
        for place in ranges
    }
    for reading in decode(TEXT, OFFSETS, logits, settings, n_best=30):
        left_out = [
            place
            for place in ranges
            if not any(span.start <= place[0] and place[1] <= span.end for span in reading.spans)
        ]
        assert reading.outside_risk == pytest.approx(max((inside[place] for place in left_out), default=0))


def confident(scheme: LabelScheme, names: list[str], strength: float = 9.0) -> np.ndarray:
    logits = np.zeros((len(names), len(scheme.id2label)))
    logits[np.arange(len(names)), [scheme.id2label.index(name) for name in names]] = strength
    return logits


def words_of(text: str) -> list[tuple[int, int]]:
    return [(start, start + len(word)) for word in text.split() for start in [text.index(word)]]


def test_acts_of_a_line_up_stay_apart_in_io():
    text, scheme = "Ana , Bo & Cy", LabelScheme.io()

    best, *_ = decode(text, words_of(text), confident(scheme, ["PER", "O", "PER", "O", "PER"]), DecoderSettings(scheme))

    assert [span.triple for span in best.spans] == [(0, 3, "PER"), (6, 8, "PER"), (11, 13, "PER")]


def test_touching_acts_stay_apart_in_bio_with_nothing_between():
    text, scheme = "Ana Bo Cy", LabelScheme.bio()

    best, *_ = decode(text, words_of(text), confident(scheme, ["B-PER", "B-PER", "I-PER"]), DecoderSettings(scheme))

    assert [span.triple for span in best.spans] == [(0, 3, "PER"), (4, 9, "PER")]
    assert all(span.score > 0.99 for span in best.spans)


def test_an_illegal_peak_is_read_as_the_best_legal_path():
    text, scheme = "Ana Bo Cy", LabelScheme.bio()
    logits = confident(scheme, ["O", "I-PER", "I-PER"], 3.0)
    logits[0] *= 0.5

    best, *_ = decode(text, words_of(text), logits, DecoderSettings(scheme))

    assert [span.triple for span in best.spans] == [(0, 9, "PER")]


def test_the_best_reading_does_not_depend_on_the_temperature():
    logits, settings = random_case(SCHEMES["BIO"], 1)
    cold, warm = (
        decode(
            TEXT, OFFSETS, logits, DecoderSettings(settings.scheme, settings.transitions, temperature=value), n_best=5
        )
        for value in (0.7, 3.0)
    )

    assert [[span.triple for span in reading.spans] for reading in cold] == [
        [span.triple for span in reading.spans] for reading in warm
    ]
    assert cold[0].probability > warm[0].probability


def test_huge_logits_neither_overflow_nor_lose_the_partition():
    logits, settings = random_case(SCHEMES["BIO"], 2)

    readings = decode(TEXT, OFFSETS, logits * 1e4, settings, n_best=2)

    assert readings[0].probability == pytest.approx(1)
    assert readings[1].probability == pytest.approx(0)
    assert all(span.score == pytest.approx(1) for span in readings[0].spans)


def test_a_text_without_pieces_has_one_certain_empty_reading():
    assert decode("", [], np.empty((0, 11)), DecoderSettings(LabelScheme.bio()), n_best=3) == [((), 1.0, 0.0)]


@pytest.mark.parametrize(
    "logits",
    [np.zeros((2, 11)), np.zeros((6, 5)), np.zeros(6), np.full((6, 11), np.nan), np.full((6, 11), np.inf)],
)
def test_decode_refuses_logits_that_do_not_fit(logits: np.ndarray):
    with pytest.raises(DecodingError):
        decode(TEXT, OFFSETS, logits, DecoderSettings(LabelScheme.bio()))


@pytest.mark.parametrize("name", SCHEMES)
def test_path_score_is_what_best_paths_answers_and_minus_infinity_for_an_illegal_path(name: str):
    logits, settings = random_case(SCHEMES[name], 3)
    unit_list = [Unit(index, index + 1, start, end) for index, (start, end) in enumerate(OFFSETS)]
    lattice = Lattice(logits, unit_list, settings)

    for path, score in lattice.best_paths(5):
        assert lattice.path_score(path) == pytest.approx(score)
    if settings.scheme.kind == "BIO":
        illegal = np.full(6, settings.scheme.id2label.index("I-PER"))
        assert lattice.path_score(illegal) == -np.inf


@pytest.mark.parametrize("name", SCHEMES)
def test_path_of_spans_finds_the_path_of_a_decoded_reading(name: str):
    logits, settings = random_case(SCHEMES[name], 4)
    unit_list = units(TEXT, OFFSETS)
    lattice = Lattice(logits, unit_list, settings)
    for reading, (path, _) in zip(
        decode(TEXT, OFFSETS, logits, settings, n_best=8), lattice.best_paths(8), strict=True
    ):
        assert path_of_spans(unit_list, reading.spans, settings.scheme).tolist() == path


def test_path_of_spans_gives_a_unit_to_the_span_that_covers_half_of_it():
    scheme = LabelScheme.bio()
    unit_list = [Unit(0, 1, 0, 8), Unit(1, 2, 9, 12), Unit(2, 3, 13, 20)]

    path = path_of_spans(unit_list, [Span(1, 12, "PER"), Span(17, 20, "LOC")], scheme)

    assert [scheme.id2label[index] for index in path] == ["B-PER", "I-PER", "O"]


@pytest.mark.parametrize("chunk", [1, 7, 2048])
@pytest.mark.parametrize("name", SCHEMES)
def test_texts_that_are_decoded_together_are_read_as_each_alone(monkeypatch: pytest.MonkeyPatch, name: str, chunk: int):
    """Of many lengths, in any order, a text without pieces among them, in groups of any size."""
    monkeypatch.setattr("ner_core.decoding._CHUNK", chunk)
    random = np.random.default_rng(7)
    _logits, settings = random_case(SCHEMES[name], 5)
    texts = [" ".join("abcdefghij"[:count]) for count in (3, 10, 0, 1, 6, 6, 2)]
    given = [
        Pieced(text, words_of(text), random.normal(size=(len(text.split()), len(settings.scheme.id2label))) * 2)
        for text in texts
    ]

    together = decode_all(given, settings, n_best=5)

    for one, readings in zip(given, together, strict=True):
        alone = decode(*one, settings, n_best=5)
        assert [[span.triple for span in reading.spans] for reading in readings] == [
            [span.triple for span in reading.spans] for reading in alone
        ]
        figures = [
            (reading.probability, reading.outside_risk, *(span.score for span in reading.spans)) for reading in readings
        ]
        expected = [
            (reading.probability, reading.outside_risk, *(span.score for span in reading.spans)) for reading in alone
        ]
        assert figures == [pytest.approx(row) for row in expected]
