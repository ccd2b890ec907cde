"""The cases that both linters are held to: ner_core.guidelines and static/js/review/lint.js."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ner_core.spans import Span

MARK = re.compile(r"⟦(\w+)\|(.*?)⟧")
FILE = Path(__file__).parent / "data" / "lint_cases.json"


@dataclass(frozen=True)
class Case:
    """A title with its reading, and the findings: (index of the span, code), in order."""

    text: str
    spans: list[Span]
    finds: list[tuple[int, str]]


def load_cases() -> list[Case]:
    return [_case(entry) for entry in json.loads(FILE.read_text(encoding="utf-8"))]


def _case(entry: dict) -> Case:
    spans, text, rest = [], "", 0
    for mark in MARK.finditer(entry["title"]):
        text += entry["title"][rest : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark[2]), mark[1]))
        text += mark[2]
        rest = mark.end()
    return Case(text + entry["title"][rest:], spans, [tuple(find) for find in entry["finds"]])
