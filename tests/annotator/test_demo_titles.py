"""The demo titles: enough of them, varied, and our own."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from ner_core.text import normalise_title

ROOT = Path(__file__).resolve().parents[2]
TITLES = ROOT / "annotator" / "demo" / "titles.txt"
GOLD = ROOT.parent / "shared" / "gold"
TOO_CLOSE = 0.7


def read_titles() -> list[str]:
    return TITLES.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def read_gold_titles() -> list[str]:
    if not GOLD.is_dir():
        pytest.skip(f"{GOLD} is not here: closeness to the gold titles was not checked")
    lines = [line for path in sorted(GOLD.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").split("\n")]
    return [json.loads(line)["text"] for line in lines if line]


def folded(title: str) -> str:
    return normalise_title(title).casefold()


def words(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", folded(title)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def scripts(titles: list[str]) -> set[str]:
    """First words of the Unicode names of all letters: LATIN, CYRILLIC, GREEK ..."""
    letters = {char for title in titles for char in title if char.isalpha()}
    return {unicodedata.name(char).split()[0] for char in letters}


def test_demo_titles_are_at_least_300_lines_without_empty_ones():
    titles = read_titles()
    assert len(titles) >= 300
    assert [number for number, title in enumerate(titles, 1) if not title.strip()] == []


def test_demo_titles_repeat_only_a_few_and_with_other_spacing():
    titles = read_titles()
    repeated = {title for title, count in Counter(map(normalise_title, titles)).items() if count > 1}
    assert 3 <= len(repeated) <= 12
    assert len(set(titles)) == len(titles)


def test_demo_titles_hold_many_scripts():
    wanted = {"LATIN", "CYRILLIC", "GREEK", "HIRAGANA", "KATAKANA", "CJK", "HANGUL"}
    assert wanted - scripts(read_titles()) == set()


@pytest.mark.parametrize("letter", "éçßøåłžőğñãț")
def test_demo_titles_hold_the_letters_of_many_languages(letter):
    assert any(letter in title for title in read_titles())


def test_demo_titles_hold_input_that_needs_normalising():
    titles = read_titles()
    assert any("\u00a0" in title for title in titles)
    assert any(unicodedata.normalize("NFC", title) != title for title in titles)
    assert any(title != title.strip() for title in titles)


def test_demo_titles_are_short_long_and_in_capitals():
    titles = read_titles()
    assert any(len(title.split()) == 1 for title in titles)
    assert max(len(title) for title in titles) > 200
    assert sum(title.isupper() for title in titles) >= 5


@pytest.mark.gold
def test_demo_titles_equal_no_gold_title():
    gold = {folded(title) for title in read_gold_titles()}
    assert [title for title in read_titles() if folded(title) in gold] == []


@pytest.mark.gold
def test_demo_titles_share_few_words_with_each_gold_title():
    gold = [words(title) for title in read_gold_titles()]
    close = [t for t in read_titles() if any(jaccard(words(t), other) >= TOO_CLOSE for other in gold)]
    assert close == []
