"""The gate: what lets a candidate through and what does not."""

from dataclasses import replace

import pytest

from annotator.domain import gate
from annotator.domain.gate import compare_with_active, judge
from annotator.enums import AnnotationSource, ModelState
from ner_core.comparison import Difference
from ner_core.engines.fake import FakeTagger
from ner_core.metrics import Score
from ner_core.spans import Span
from ner_core.tagger import Reading
from ner_core.training.evaluate import Evaluation
from tests.factories import make_annotation, make_model_version, make_queue_item, make_title, spans_of

SAME = Difference(first=0.8, second=0.8, change=0.0, low=-0.01, high=0.01, gold=100)


def changed(change, *, low=None, high=None, gold=100):
    return Difference(
        0.8, 0.8 + change, change, change - 0.02 if low is None else low, change + 0.02 if high is None else high, gold
    )


def measured(*, ece=0.05, speed=100.0):
    evaluation = Evaluation(Score(), 0.02, ece, 0.9, {}, [])
    return gate.Measured([], evaluation, speed, 10)


def codes(differences=None, *, before=None, after=None, titles=100):
    found = {"micro": changed(0.01), "PER": SAME} | (differences or {})
    return [reason["code"] for reason in judge(found, before or measured(), after or measured(), titles=titles)]


def test_a_candidate_that_is_better_and_nowhere_worse_passes():
    assert codes() == []


@pytest.mark.parametrize(
    ("differences", "after", "found"),
    [
        ({"micro": changed(-0.006)}, {}, ["worse_f1"]),
        ({"micro": changed(-0.004, high=-0.001)}, {}, ["worse_f1"]),
        ({"PER": changed(-0.04)}, {}, ["worse_label"]),
        ({"PER": changed(-0.2, gold=19)}, {}, []),
        ({}, {"ece": 0.08}, ["worse_calibration"]),
        ({}, {"speed": 60.0}, ["slower"]),
        ({"micro": SAME}, {}, ["no_better"]),
        ({"micro": SAME, "LOC": changed(0.03, low=0.001)}, {}, []),
        ({"micro": SAME}, {"ece": 0.03}, []),
        ({"micro": SAME}, {"speed": 160.0}, []),
        ({"micro": changed(-0.03), "PER": changed(-0.05)}, {"ece": 0.1, "speed": 1.0},
         ["worse_f1", "worse_label", "worse_calibration", "slower"]),
    ],
)  # fmt: skip
def test_each_margin_has_its_reason(differences, after, found):
    assert codes(differences, after=measured(**after)) == found


def test_too_few_gold_titles_decide_nothing(settings):
    settings.GATE_MIN_TITLES = 101
    assert codes() == ["too_few_gold"]


@pytest.fixture
def gold(db, settings):
    """Thirty gold titles; the active model misses the place in every third."""
    settings.GATE_MIN_TITLES = 10
    return [f"Nova {chr(65 + number % 26)}{number} in Rome" for number in range(30)]


def answer(text, *, full=True, confidence=0.9):
    spans = [Span(0, text.index(" in "), "PER", 0.9), Span(len(text) - 4, len(text), "LOC", 0.9)]
    return Reading(tuple(spans if full else spans[:1]), confidence)


def settle_gold(texts):
    for text in texts:
        title = make_title(text)
        make_annotation(
            title,
            spans=spans_of(text, (text[: text.index(" in ")], "PER"), ("Rome", "LOC")),
            source=AnnotationSource.IMPORTED,
        )


def test_two_models_are_compared_on_the_gold_and_what_changes_is_kept(gold):
    settle_gold(gold)
    active, candidate = (
        make_model_version(name, state=state, origin="added")
        for name, state in (("old", ModelState.ACTIVE), ("new", ModelState.CANDIDATE))
    )
    script = {text: answer(text, full=bool(number % 3)) for number, text in enumerate(gold)}
    old, new = FakeTagger("old", script), FakeTagger("new", {text: answer(text, confidence=0.95) for text in gold})
    steps = []
    comparison = compare_with_active(
        candidate, load=lambda path: old if path.name == "old" else new, on_progress=lambda: steps.append(1)
    )
    micro = comparison.report["f1"]["micro"]
    assert (comparison.against, comparison.titles, len(comparison.gold_digest)) == (active, 30, 64)
    assert [reason["code"] for reason in comparison.reasons if reason["code"] != "slower"] == []
    assert (micro["second"], micro["gold"], micro["low"] > 0) == (1.0, 60, True)
    assert (comparison.report["changed"], len(comparison.changed)) == (10, 10)
    assert comparison.changed[0] == {
        "text": gold[0],
        "before": [{"start": 0, "end": 7, "label": "PER", "score": 0.9}],
        "after": [
            {"start": 0, "end": 7, "label": "PER", "score": 0.9},
            {"start": 11, "end": 15, "label": "LOC", "score": 0.9},
        ],
        "gold": [{"start": 0, "end": 7, "label": "PER"}, {"start": 11, "end": 15, "label": "LOC"}],
    }
    assert len(steps) == 2


def test_the_limit_follows_what_the_active_model_achieves_at_its_own(gold, settings):
    settings.BAND_HIGH = 0.9
    settle_gold(gold)
    records = gate.read_gold().records
    before = replace(measured(), readings=[answer(record.text, confidence=0.95) for record in records])
    unsure = [
        answer(record.text, confidence=0.7 if number < 25 else 0.6, full=number < 25)
        for number, record in enumerate(records)
    ]
    assert gate.matching_limit(before, replace(measured(), readings=unsure), records) == 0.61
    assert gate.matching_limit(replace(measured(), readings=unsure), before, records) is None


def test_gold_is_what_was_imported_and_what_chance_gave_to_people(db):
    kept = [make_title(f"Gold {name} in Rome") for name in ("import", "audit", "blind")]
    make_annotation(kept[0], source=AnnotationSource.IMPORTED)
    for title, fields in ((kept[1], {"reason": "audit"}), (kept[2], {"blind": True})):
        make_queue_item(title, state="done", **fields)
        make_annotation(title, source=AnnotationSource.REVIEWED)
    for title, source in ((make_title("Chosen in Rome"), "reviewed"), (make_title("Sure in Rome"), "auto")):
        make_queue_item(title, state="done")
        make_annotation(title, source=source)
    assert [record.text for record in gate.read_gold().records] == [title.text for title in kept]


def test_without_another_active_version_there_is_nothing_to_compare_with(db):
    assert compare_with_active(make_model_version("only"), load=lambda _path: FakeTagger()) is None
