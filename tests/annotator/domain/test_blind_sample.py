"""Two readings side by side: who judges does not know whose they are, and the first judgement stays."""

import pytest

from annotator.domain.blind_sample import draw_sample, is_turned, judge_blind, next_to_judge, tally
from annotator.enums import AnnotationSource
from annotator.exceptions import GateRefused, NotAllowed
from annotator.models import Comparison
from ner_core.engines.fake import FakeTagger
from ner_core.spans import Span
from ner_core.tagger import Reading
from tests.factories import make_annotation, make_model_version, make_title
from tests.races import run_at_once

TEXTS = [f"Nova {letter} in Rome" for letter in "ABCDEF"]


def taggers():
    before = {text: Reading((Span(0, 6, "PER", 0.9),), 0.9) for text in TEXTS}
    after = before | {text: Reading((Span(0, 6, "MISC", 0.8),), 0.8) for text in TEXTS[:4]}
    return FakeTagger("old", before), FakeTagger("new", after)


@pytest.fixture
def comparison(db):
    for text in TEXTS:
        make_title(text)
    return make_comparison(draw_sample(*taggers()))


def make_comparison(sample):
    version = make_model_version()
    return Comparison.objects.create(
        candidate=version, against=version, gold_digest="0", titles=1, passed=True, sample=sample
    )


def test_the_sample_holds_titles_that_differ_without_scores_and_no_gold(db):
    for text in TEXTS:
        make_annotation(
            make_title(text), source=AnnotationSource.IMPORTED if text == TEXTS[0] else AnnotationSource.AUTO
        )
    sample = draw_sample(*taggers())
    assert sorted(row["text"] for row in sample) == TEXTS[1:4]
    assert sample[0]["before"] == [{"start": 0, "end": 6, "label": "PER"}]


def test_which_model_stands_where_follows_from_chance_and_is_counted_right(comparison, lead):
    sides = set()
    for _title in range(4):
        place, shown = next_to_judge(comparison)
        assert set(shown) == {"text", "left", "right"}
        candidate = "left" if shown["left"][0]["label"] == "MISC" else "right"
        assert (candidate == "left") == is_turned(shown["text"])
        sides.add(candidate)
        judge_blind(comparison.pk, place=place, choice=candidate, lead=lead)
        comparison.refresh_from_db()
    found = tally(comparison)
    assert (found.after, found.before, found.equal, found.left, next_to_judge(comparison)) == (4, 0, 0, 0, None)
    assert {is_turned(f"title {number}") for number in range(20)} == {True, False}


def test_the_first_judgement_stays(comparison, lead):
    assert judge_blind(comparison.pk, place=0, choice="equal", lead=lead)
    assert not judge_blind(comparison.pk, place=0, choice="left", lead=lead)
    comparison.refresh_from_db()
    assert (tally(comparison).equal, comparison.judgements["0"]["by"]) == (1, lead.username)


def test_only_leads_judge_and_only_what_is_there(comparison, lead, reviewer):
    with pytest.raises(NotAllowed):
        judge_blind(comparison.pk, place=0, choice="left", lead=reviewer)
    for place, choice, code in (
        (4, "left", "no_such_title"),
        (-1, "left", "no_such_title"),
        (0, "best", "unknown_choice"),
    ):
        with pytest.raises(GateRefused) as error:
            judge_blind(comparison.pk, place=place, choice=choice, lead=lead)
        assert error.value.code == code


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_on_two_titles_lose_neither(lead):
    comparison = make_comparison([{"text": text, "before": [], "after": []} for text in TEXTS])
    answers = run_at_once(
        *[lambda place=place: judge_blind(comparison.pk, place=place, choice="equal", lead=lead) for place in (0, 1)]
    )
    comparison.refresh_from_db()
    assert (answers, sorted(comparison.judgements)) == ([True, True], ["0", "1"])
