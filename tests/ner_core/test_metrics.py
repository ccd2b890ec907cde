import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from ner_core.calibration import expected_calibration_error
from ner_core.metrics import ERROR_KINDS, PRF, Score, compare_spans, score_title, score_titles
from ner_core.spans import Span, span_to_dict
from ner_core.text import boundaries

GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold"
needs_gold = pytest.mark.skipif(
    not (GOLD / "score.py").exists(), reason=f"{GOLD} is absent: no agreement check with score.py"
)


def per(start: int, end: int) -> Span:
    return Span(start, end, "PER")


def test_prf_counts_add_up_and_rates_follow():
    total = PRF(3, 1, 0) + PRF(1, 1, 2)

    assert total == PRF(4, 2, 2)
    assert (total.precision, total.recall, total.f1) == pytest.approx((4 / 6, 4 / 6, 4 / 6))
    assert (PRF().precision, PRF().recall, PRF().f1) == (0, 0, 0)


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        ([per(0, 3)], [per(0, 3)], []),
        ([], [], []),
        ([per(0, 3)], [], ["missed"]),
        ([], [per(0, 3)], ["invented"]),
        ([per(0, 3)], [Span(0, 3, "ORG")], ["wrong_label"]),
        ([per(0, 3)], [Span(0, 5, "ORG")], ["wrong_label"]),
        ([per(0, 3)], [per(0, 5)], ["wrong_edge"]),
        ([per(0, 9)], [per(0, 3), per(4, 9)], ["split"]),
        ([per(0, 3), per(4, 9)], [per(0, 9)], ["merged"]),
        ([per(0, 3), per(4, 9)], [per(0, 5), per(6, 9)], ["wrong_edge"]),
        ([per(0, 3), per(3, 6)], [per(0, 3)], ["missed"]),
        ([per(0, 3), per(5, 6)], [per(0, 3), per(8, 9)], ["missed", "invented"]),
    ],
)
def test_compare_spans_names_the_kind_of_each_difference(gold: list[Span], predicted: list[Span], kinds: list[str]):
    assert [difference.kind for difference in compare_spans(gold, predicted)] == kinds


def test_compare_spans_shows_the_spans_that_differ():
    (difference,) = compare_spans([per(0, 9), per(10, 12)], [per(0, 3), per(4, 9), per(10, 12)])

    assert difference == ("split", (per(0, 9),), (per(0, 3), per(4, 9)))


def test_score_title_counts_spans_titles_and_line_ups():
    gold = [per(0, 3), Span(4, 8, "LOC")]

    score = score_title(gold, [per(0, 3), Span(4, 8, "ORG")])

    assert score.labels == {"LOC": PRF(0, 0, 1), "ORG": PRF(0, 1, 0), "PER": PRF(1, 0, 0)}
    assert (score.exact_titles, score.exact_lineups) == (0, 1)
    assert score.micro == PRF(1, 1, 1)


def test_scores_of_two_halves_add_up_to_the_score_of_the_whole():
    pairs = [
        ([per(0, 3)], [per(0, 3)]),
        ([per(0, 3)], []),
        ([], [Span(1, 2, "DATE")]),
        ([per(0, 4)], [per(0, 2), per(2, 4)]),
    ]

    assert score_titles(pairs[:2]) + score_titles(pairs[2:]) == score_titles(pairs)
    assert score_titles([]) == Score()
    assert score_titles(pairs).to_dict()["errors"] == dict.fromkeys(ERROR_KINDS, 0) | {
        "missed": 1,
        "invented": 1,
        "split": 1,
    }


@needs_gold
@pytest.mark.gold
def test_figures_agree_with_the_gold_scorer(tmp_path: Path):
    rows = [json.loads(line) for line in (GOLD / "eval.jsonl").read_text(encoding="utf-8").splitlines()]
    gold = {row["text"]: [Span(**span) for span in row["spans"]] for row in rows}
    chance = random.Random(5)
    predicted = {
        text: [disturb(span, text, chance) for span in spans if chance.random() > 0.1] for text, spans in gold.items()
    }
    path = tmp_path / "predicted.jsonl"
    path.write_text(
        "".join(
            json.dumps({"text": text, "spans": list(map(span_to_dict, spans))}) + "\n"
            for text, spans in predicted.items()
        )
    )

    answer = subprocess.run(
        [sys.executable, GOLD / "score.py", GOLD / "eval.jsonl", path, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    official, ours = json.loads(answer.stdout), score_titles((gold[text], predicted[text]) for text in gold)

    assert 0.3 < ours.micro.f1 < 0.9
    assert ours.micro.f1 == pytest.approx(official["micro"]["f1"])
    assert ours.title_exact == pytest.approx(official["title_exact"])
    assert ours.lineup_exact == pytest.approx(official["lineup_exact"])
    for label, row in official["labels"].items():
        assert (ours.labels[label].precision, ours.labels[label].recall) == pytest.approx((row["p"], row["r"]))
    scores = [
        (span.score, span.triple in {one.triple for one in gold[text]}) for text in gold for span in predicted[text]
    ]
    assert expected_calibration_error(*zip(*scores, strict=True)) == pytest.approx(official["ece"])


def disturb(span: Span, text: str, chance: random.Random) -> Span:
    """Mostly the same span; sometimes another label or one character less."""
    label = "MISC" if chance.random() < 0.15 else span.label
    end = span.end - (span.end - span.start > 2 and chance.random() < 0.15)
    return Span(span.start, end, label, chance.random())


@needs_gold
@pytest.mark.gold
def test_gold_spans_fall_on_boundaries_of_our_tokens():
    """What the decoder cannot express it cannot get right: at most 1 in 200 gold edges may lie inside a token."""
    edges = inside = 0
    for name in ("train.jsonl", "eval.jsonl", "eval_fr.jsonl"):
        for line in (GOLD / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            legal = set(boundaries(row["text"]))
            places = [span[side] for span in row["spans"] for side in ("start", "end")]
            edges += len(places)
            inside += sum(place not in legal for place in places)

    assert inside * 200 < edges
