import pytest

from annotator.exceptions import InvalidTitle
from annotator.validators import clean_title


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "not_a_string"),
        (7, "not_a_string"),
        (["Gletscher"], "not_a_string"),
        ("x" * 2001, "too_long"),
        ("Glet\x00scher", "control_characters"),
        ("Glet\x1b[31mscher", "control_characters"),
        ("Glet\ud83dscher", "invalid_unicode"),
        ("", "empty"),
        (" \t\r\n\u00a0\u3000", "empty"),
        ("\u200b\u200d\ufeff", "empty"),
        (" \u202e ", "empty"),
    ],
)
def test_clean_title_refuses_with_a_code(raw: object, code: str):
    with pytest.raises(InvalidTitle) as caught:
        clean_title(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  Marée\u00a0\n Haute ", "Marée Haute"),
        ("Mare\u0301e", "Marée"),
        ("👨\u200d👩\u200d👧 Family Day", "👨\u200d👩\u200d👧 Family Day"),
        ("\u202bשלום\u202c", "\u202bשלום\u202c"),
        ("x" * 2000, "x" * 2000),
    ],
)
def test_clean_title_normalises_what_it_takes(raw: str, text: str):
    assert clean_title(raw) == text
