"""The guidelines fragment: the rule ids that other parts cite, and the labels of its examples."""

import re

from django.template.loader import render_to_string

from ner_core.labels import LABELS


def test_guidelines_number_the_rules_from_1_to_13():
    html = render_to_string("review/_guidelines.html")
    assert re.findall(r'id="rule-(\d+)"', html) == [str(number) for number in range(1, 14)]


def test_guidelines_lists_start_at_the_number_of_their_first_rule():
    html = render_to_string("review/_guidelines.html")
    lists = re.findall(r'<ol(?: start="(\d+)")?>\s*<li id="rule-(\d+)"', html)
    assert lists == [("", "1"), ("5", "5"), ("8", "8"), ("10", "10")]


def test_guidelines_examples_use_every_label_with_one_word_each():
    html = render_to_string("review/_guidelines.html")
    pairs = set(re.findall(r'class="ex ex-(\w+)" title="([^"]*)"', html))
    assert dict(pairs) == {
        "PER": "performer",
        "LOC": "place",
        "ORG": "organisation",
        "MISC": "event information",
        "DATE": "date and time",
    }
    assert sorted(label for label, _ in pairs) == sorted(LABELS)
