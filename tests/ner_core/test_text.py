import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.text import (
    NormalisedText,
    boundaries,
    code_points_to_utf16,
    normalise_title,
    tokens,
    utf16_to_code_points,
)
from tests.ner_core.strategies import nasty_texts


def surfaces(text: str) -> list[str]:
    return [text[start:end] for start, end in tokens(text)]


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("  Les\u00a0 Ombres\tBleues \n", "Les Ombres Bleues"),
        ("e\u0301te\u0301", "été"),
        ("\u2003\u3000", ""),
        ("", ""),
        ("ﬁ™½", "ﬁ™½"),
        ("a\u200bb", "a\u200bb"),
    ],
)
def test_normalise_title_composes_and_squeezes(raw: str, normal: str):
    assert normalise_title(raw) == normal


@given(nasty_texts)
def test_normalise_title_is_idempotent(raw: str):
    assert normalise_title(normalise_title(raw)) == normalise_title(raw)


@given(nasty_texts)
def test_normalised_text_equals_normalise_title(raw: str):
    assert NormalisedText.of(raw).text == normalise_title(raw)


@given(nasty_texts)
def test_every_token_maps_to_the_raw_range_it_came_from_and_back(raw: str):
    normal = NormalisedText.of(raw)
    reach = 0
    for start, end in tokens(normal.text):
        raw_start, raw_end = normal.to_raw(start, end)
        assert reach <= raw_start < raw_end <= len(raw)
        assert normalise_title(raw[raw_start:raw_end]) == normal.text[start:end]
        assert not raw[raw_start].isspace()
        assert not raw[raw_end - 1].isspace()
        assert normal.from_raw(raw_start, raw_end) == (start, end)
        reach = raw_end


@given(st.text(st.characters(min_codepoint=0x0300, max_codepoint=0x11FF), max_size=12))
def test_normalised_text_holds_in_scripts_full_of_marks(raw: str):
    normal = NormalisedText.of(raw)

    assert normal.text == normalise_title(raw)
    assert normal.to_raw(0, len(normal.text)) == (
        (0, 0) if not raw else (len(raw) - len(raw.lstrip()), len(raw.rstrip()))
    )


def test_to_raw_keeps_an_empty_range_empty():
    normal = NormalisedText.of("  a  b ")

    assert normal.to_raw(1, 1) == (3, 3)
    assert normal.to_raw(3, 3) == (7, 7)


def test_from_raw_of_dropped_blanks_is_empty():
    normal = NormalisedText.of("  a")

    assert normal.from_raw(0, 2) == (0, 0)
    assert normal.from_raw(1, 3) == (0, 1)


def test_no_character_that_composes_begins_a_segment():
    """Every canonical pair of Unicode comes out as normalise_title says, whatever stands before it."""
    composites = [
        char for char in map(chr, range(0xA0, 0x1F000)) if unicodedata.decomposition(char)[:1] not in ("", "<")
    ]
    for char in composites:
        raw = "x" + unicodedata.normalize("NFD", char) + "x"
        normal = NormalisedText.of(raw)
        assert normal.text == normalise_title(raw), char
        assert normal.to_raw(len(normal.text) - 1, len(normal.text)) == (len(raw) - 1, len(raw))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AC/DC + P!nk", ["AC", "/", "DC", "+", "P!nk"]),
        ("$uicideboy$, Ke$ha, $10", ["$uicideboy$", ",", "Ke$ha", ",", "$", "10"]),
        ("M.I.A. at S.O.S. J.Cole", ["M.I.A.", "at", "S.O.S.", "J", ".", "Cole"]),
        ("12.05.2019 20h30 18:00-22:00 31/12", ["12.05.2019", "20h30", "18:00-22:00", "31/12"]),
        ("à l'Olympia d’Angers", ["à", "l'", "Olympia", "d’", "Angers"]),
        ("Guns N' Roses", ["Guns", "N", "'", "Roses"]),
        ("Rock'n'Roll O'Neal", ["Rock'n'Roll", "O'Neal"]),
        ("Scott's 'Live'", ["Scott", "'s", "'", "Live", "'"]),
        ("Jay-Z - Wham!", ["Jay-Z", "-", "Wham", "!"]),
        ("@venue #16 #tag", ["@", "venue", "#", "16", "#", "tag"]),
        ("R&B b2b", ["R", "&", "B", "b2b"]),
        ("e\u0301te\u0301 x\u030c", ["e\u0301te\u0301", "x\u030c"]),
        ("👨\u200d👩\u200d👧🇫🇷🇧🇪👍🏽❤️1️⃣", ["👨\u200d👩\u200d👧", "🇫🇷", "🇧🇪", "👍🏽", "❤️", "1️⃣"]),
        ("周杰 ライブの夜", ["周", "杰", "ライブ", "の", "夜"]),
        ("Чёрный Лис,Αθήνα", ["Чёрный", "Лис", ",", "Αθήνα"]),
        ("(live)…", ["(", "live", ")", "…"]),
        ("", []),
        (" \u00a0", []),
    ],
)
def test_tokens_are(text: str, expected: list[str]):
    assert surfaces(text) == expected


@given(nasty_texts)
def test_tokens_cover_all_that_is_not_white_space(text: str):
    assert "".join(surfaces(text)) == "".join(text.split())
    assert all(token and not any(map(str.isspace, token)) for token in surfaces(text))


@given(nasty_texts)
def test_tokens_begin_with_a_mark_only_where_it_has_nothing_to_stand_on(text: str):
    for start, _ in tokens(text):
        if unicodedata.combining(text[start]):
            assert start == 0 or text[start - 1].isspace()


def test_boundaries_add_both_sides_of_a_hyphen_between_words():
    text = "Bar-South Jay-Z 18:00-22:00"

    assert boundaries(text) == [0, 3, 4, 9, 10, 15, 16, 27]


@given(nasty_texts)
def test_utf16_offsets_round_trip(text: str):
    for offset in range(len(text) + 1):
        units = code_points_to_utf16(text, offset)
        assert units == len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2
        assert utf16_to_code_points(text, units) == offset


def test_utf16_to_code_points_rounds_down_inside_a_pair_and_stops_at_the_end():
    assert utf16_to_code_points("😀b", 1) == 0
    assert utf16_to_code_points("😀b", 99) == 2
    assert utf16_to_code_points("ab", sys.maxsize) == 2
