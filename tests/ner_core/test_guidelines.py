"""The linter, on the cases that it shares with the browser, and on gold."""

import json
import re
from pathlib import Path

import pytest

from ner_core.guidelines import CODES, Finding, lint_reading, load_rules
from ner_core.spans import Span
from tests.lint_cases import Case, load_cases

CASES = load_cases()
GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold"
GUIDELINES = Path(__file__).resolve().parents[2] / "templates" / "review" / "_guidelines.html"
needs_gold = pytest.mark.skipif(not GOLD.is_dir(), reason="gold titles are not part of the repository (../shared/gold)")


def finds(case: Case) -> list[tuple[int, str]]:
    starts = [span.start for span in case.spans]
    return [(starts.index(finding.start), finding.code) for finding in lint_reading(case.text, case.spans)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_lint_reading_finds_what_breaks_a_rule(case: Case):
    assert finds(case) == case.finds


def test_cases_show_each_rule_breaking():
    assert {code for case in CASES for _, code in case.finds} == set(CODES)


def test_lint_reading_names_the_span_and_the_rule():
    spans = [Span(2, 6, "PER"), Span(7, 11, "MISC")]
    assert lint_reading("🎉 Ana, live", spans) == [Finding(2, 6, "edge_sign", 3), Finding(7, 11, "generic_word", 4)]


def test_rules_number_each_check_as_the_guidelines_do():
    numbers = {int(number) for number in re.findall(r'id="rule-(\d+)"', GUIDELINES.read_text(encoding="utf-8"))}
    assert (set(load_rules()["rules"]), set(load_rules()["rules"].values()) - numbers) == (set(CODES), set())


def test_rules_are_written_as_they_are_compared():
    lists = (
        "possessives",
        "generic",
        "generic_tails",
        "joiners",
        "backed_by",
        "joined_names",
        "weekdays",
        "date_prepositions",
    )
    assert [word for name in lists for word in load_rules()[name] if word != word.lower() or "’" in word] == []


@needs_gold
@pytest.mark.gold
@pytest.mark.parametrize("name", ["train", "eval"])
def test_lint_reading_is_quiet_on_gold(name: str):
    rows = [json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    alarms = [row for row in rows if lint_reading(row["text"], sorted(_spans(row)))]
    assert len(alarms) / len(rows) < 0.03


def _spans(row: dict) -> list[Span]:
    return [Span(span["start"], span["end"], span["label"]) for span in row["spans"]]
