import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_core.gazetteer import artist_key
from tests.ner_core.artist_names import DIFFERENT, SAME
from tests.ner_core.strategies import nasty_texts


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (("P!nk", "Pink", "PINK", "p!nk"), "pink"),
        (("The Paper Foxes", "Paper Foxes", "THE PAPER FOXES!", "The‐Paper Foxes"), "paperfoxes"),
        (("Simon & Garfunkel", "Simon and Garfunkel", "Simon + Garfunkel"), "simonandgarfunkel"),
        (("Guns N' Roses", "Guns 'n' Roses", "Guns N Roses", "Guns & Roses", "guns n’ roses"), "gunsandroses"),
        (("AC/DC", "ACDC", "AC-DC", "ac dc"), "acdc"),
        (("Ke$ha", "Kesha"), "kesha"),
        (("A$AP Rocky", "ASAP Rocky"), "asaprocky"),
        (("$uicideboy$", "Suicideboys"), "suicideboys"),
        (("M.I.A.", "MIA", "M.I.A"), "mia"),
        (("Sinéad O’Connor", "Sinead O'Connor", "SINE\u0301AD OCONNOR"), "sineadoconnor"),
        (("Jay-Z", "Jay Z", "JAY‐Z"), "jayz"),
        (("Zøe", "Zoe", "ZOË"), "zoe"),
        (("Wham!", "Wham"), "wham"),
        (("\ufb01sh", "Fish"), "fish"),
        (("The The", "The", "the the the"), "the"),
        (("!!!", "The !!!"), "!!!"),
        (("+/-",), "+/-"),
        (("周杰倫",), "周杰倫"),
        (("Хор Турецкого", "ХОР ТУРЕЦКОГО"), "хортурецкого"),
        (("ガゼット",), "ガゼット"),
        (("👍🏽",), "👍🏽"),
        (("", " ", "\u00a0"), ""),
    ],
)
def test_spellings_of_one_artist_share_a_key(spellings: tuple[str, ...], key: str):
    assert [artist_key(name) for name in spellings] == [key] * len(spellings)


@pytest.mark.parametrize(
    ("one", "other"), [("Fish", "Fisher"), ("Air", "Airs"), ("ガ", "カ"), ("Blink 182", "Blink 183"), ("!!!", "!")]
)
def test_different_names_keep_different_keys(one: str, other: str):
    assert artist_key(one) != artist_key(other)


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_names_as_people_write_them_meet(spellings: tuple[str, ...]):
    assert {artist_key(name) for name in spellings} == {artist_key(spellings[0])}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_that_are_nearly_the_same_do_not_meet(one: str, other: str):
    assert artist_key(one) != artist_key(other)


def test_the_table_of_names_holds_300_pairs_each_once():
    pairs = [(spellings[0], other) for spellings in SAME for other in spellings[1:]] + list(DIFFERENT)

    assert len(pairs) == len(set(pairs)) >= 300


@given(nasty_texts | st.text("aAtheTHE !$&+.'\u0301x½İß¨n", max_size=12))
def test_a_key_is_its_own_key_and_empty_only_for_a_blank_name(name: str):
    key = artist_key(name)

    assert artist_key(key) == key
    assert bool(key) == bool(name.split())
    assert not any(map(str.isspace, key))
