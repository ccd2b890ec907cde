import random

import pytest

from ner_core.known_names import KnownName, KnownNamesRule
from ner_core.spans import Span
from ner_core.tagger import Reading
from ner_core.training.known_names import Sample, fit_rule, known_in, table_of

NAME, SHORT = KnownName(0, 11, is_short=False), KnownName(0, 6, is_short=True)
PER, MISC = Span(0, 11, "PER", 0.6), Span(0, 11, "MISC", 0.6)


def sample(first, second, right, known=(NAME,)):
    return Sample(Reading((first,), 0.5, (Reading((second,), 0.4),)), (right,), known)


def test_what_the_table_knows_is_learned_in_its_direction():
    """Of two readings the one that agrees is right nine times in ten, though the model puts it second."""
    chance = random.Random(3)
    samples = [sample(MISC, PER, PER if chance.random() < 0.9 else MISC) for _ in range(300)]
    rule = fit_rule(samples)
    assert rule.agrees - rule.other > 2
    sharp = rule.sharpen(samples[0].reading, [NAME])
    assert (sharp.spans[0].label, sharp.confidence) == ("PER", pytest.approx(0.88, abs=0.05))


def test_what_tells_nothing_weighs_nothing():
    chance = random.Random(4)
    samples = [
        sample(PER, MISC, chance.choices([PER, MISC, Span(1, 2, "LOC")], [0.5, 0.4, 0.1])[0]) for _ in range(600)
    ]
    rule = fit_rule(samples)
    assert [abs(weight) < 0.3 for weight in (rule.agrees, rule.other, rule.agrees_short)] == [True] * 3


def test_the_scores_of_agreeing_spans_become_the_share_that_is_right():
    span = Span(0, 6, "PER", 0.5)
    samples = [Sample(Reading((span,), 0.5), (span,) if number % 10 else (), (SHORT,)) for number in range(100)]
    assert fit_rule(samples).sharpen(samples[0].reading, [SHORT]).spans[0].score == pytest.approx(0.9, abs=0.01)


def test_without_samples_the_rule_tells_nothing():
    assert fit_rule([]) == KnownNamesRule(offer=0.0)


def test_a_table_of_a_share_is_part_of_the_whole_and_finds_names_by_key():
    names = [f"Band {number}" for number in range(200)] + ["P!nk", " "]
    half, whole = table_of(names, share=0.5), table_of(names)
    assert half < whole
    assert 70 < len(half) < 130
    assert known_in("PINK & Band 7 live", whole) == (KnownName(0, 4, is_short=True), KnownName(7, 13, is_short=False))
