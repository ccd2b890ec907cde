"""The pure modules of the review page, called directly in the browser."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from ner_core.guidelines import lint_reading, load_rules
from tests.lint_cases import load_cases


@pytest.fixture
def call(live_server: LiveServer, page: Page) -> Callable[..., Any]:
    """call("spans", "carve", ...): what the function of that module returns."""
    page.goto(f"{live_server.url}/static/favicon.svg")

    def run(module: str, function: str, *args: object) -> Any:
        script = "async ([path, name, args]) => (await import(path))[name](...args)"
        return page.evaluate(script, [f"{live_server.url}/static/js/review/{module}.js", function, list(args)])

    return run


def span(start: int, end: int, label: str = "PER") -> dict:
    return {"start": start, "end": end, "label": label}


@pytest.mark.parametrize(
    ("start", "end", "left"),
    [
        (0, 3, [span(4, 11), span(12, 15, "LOC")]),  # "Ana b2b Rui" loses its head
        (8, 11, [span(0, 7), span(12, 15, "LOC")]),
        (4, 7, [span(0, 3), span(8, 11), span(12, 15, "LOC")]),  # split in two
        (0, 15, []),
        (11, 12, [span(0, 11), span(12, 15, "LOC")]),
    ],
)
def test_carve_cuts_splits_and_swallows(call: Callable, start: int, end: int, left: list[dict]):
    chars = list("Ana b2b Rui Rio")
    assert call("spans", "carve", [span(0, 11), span(12, 15, "LOC")], start, end, chars) == left


def test_carve_leaves_no_separators_at_the_new_edges(call: Callable):
    assert call("spans", "carve", [span(0, 9)], 6, 9, list("Ana & Rui")) == [span(0, 3)]


@pytest.mark.parametrize(("offset", "points"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 3), (99, 3)])
def test_from_utf16_counts_code_points(call: Callable, offset: int, points: int):
    assert call("offsets", "fromUtf16", "a🎉b", offset) == points


def test_character_stops_keep_sequences_whole(call: Callable):
    assert call("offsets", "characterStops", "é👩\u200d👧e\u0301🇧🇪") == [0, 1, 4, 6, 8]


@pytest.mark.parametrize(
    ("word", "is_separator"),
    [
        ("&", True),
        ("|", True),
        (",", True),
        ("–", True),
        ("+", True),
        ("!", False),
        ("🎉", False),
        ("x", False),
        ("$", False),
    ],
)
def test_is_separator_knows_what_belongs_to_names(call: Callable, word: str, is_separator: bool):  # noqa: FBT001
    assert call("offsets", "isSeparator", word) is is_separator


def test_make_uuid_is_a_random_version_4(call: Callable):
    made = {call("post", "makeUuid") for _ in range(3)}
    assert (len(made), {(len(uuid), uuid[14], uuid[19] in "89ab") for uuid in made}) == (3, {(36, "4", True)})


def test_lint_finds_what_the_server_finds(call: Callable):
    """One call for each case: the same findings as ner_core.guidelines, on the shared cases."""
    for case in load_cases():
        spans = [span(one.start, one.end, one.label) for one in case.spans]
        found = call("lint", "lintReading", load_rules(), list(case.text), spans)
        starts = [one.start for one in case.spans]
        assert (case.text, [(starts.index(one["start"]), one["code"]) for one in found]) == (case.text, case.finds)
        assert found == [asdict(finding) for finding in lint_reading(case.text, case.spans)]
