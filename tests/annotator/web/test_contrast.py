"""The palette of desk.css holds WCAG AA in both schemes: 4.5 for words, 3 for the lines of controls."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = (Path(settings.BASE_DIR) / "static/css/desk.css").read_text(encoding="utf8")
LIGHT, DARK = CSS.split("/* Ground */")[0].split("@media (prefers-color-scheme: dark)")
GROUNDS = ("paper", "panel")
LABELS = ("per", "loc", "org", "misc", "date")
TONES = ("danger", "ok", "warn", *LABELS)
WORDS = [
    *[("ink", ground) for ground in (*GROUNDS, "accent-bg", *(f"{tone}-bg" for tone in TONES))],
    *[("muted", ground) for ground in (*GROUNDS, "accent-bg")],
    *[("accent", ground) for ground in (*GROUNDS, "accent-bg")],
    *[(tone, ground) for tone in TONES for ground in (*GROUNDS, f"{tone}-bg")],
    ("accent-ink", "accent"),
]
LINES = [("line-strong", ground) for ground in GROUNDS]


def colours(scheme: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", scheme))


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert round(contrast("000000", "ffffff"), 2) == 21


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_palette_holds_contrast(scheme: str):
    palette = colours(scheme)
    pairs = [(pair, 4.5) for pair in WORDS] + [(pair, 3) for pair in LINES]
    too_faint = {pair: least for pair, least in pairs if contrast(palette[pair[0]], palette[pair[1]]) < least}
    assert too_faint == {}


def test_both_schemes_name_the_same_colours():
    assert set(colours(DARK)) == set(colours(LIGHT))
