"""Nasty texts, and valid spans on them."""

from hypothesis import strategies as st

from ner_core.spans import Span
from ner_core.text import tokens

NASTY = (
    *"aZéßøİıı. ,-/:;'’&+x!$@#_*()[]\"|",
    *"0123½²",
    *("\u0301", "\u0308", "\u0323", "\u0327", "\u200d", "\ufe0f", "\u200b", "\u00ad", "\u20e3"),
    *(" ", "  ", "\t", "\n", "\r", "\u00a0", "\u2003", "\u2028", "\x85", "\x0b", "\x1c", "\u3000"),
    *("\x00", "\x07", "\x7f", "\ufeff", "\ufffd", "\ue000", "\U000e0067"),
    *("ﬁ", "™", "…", "Å", "가", "ᄀ", "ᅡ", "ᆨ", "\u0958", "\u0f73", "क", "ि", "ไ", "ท", "周", "杰", "ラ", "イ", "の"),
    *("👩\u200d👧", "👍🏽", "🇫🇷", "❤️", "😀", "𝔘", "م", "ש"),
    *("<s>", "</s>", "<mask>", "<pad>", "<unk>", "＜s＞", "Ana", "Les Ombres", "l'", "M.I.A.", "12.05.2019", "20h30"),
)
nasty_texts = st.lists(st.sampled_from(NASTY), max_size=25).map("".join) | st.text(max_size=30)


@st.composite
def titles_with_spans(draw: st.DrawFn) -> tuple[str, tuple[Span, ...]]:
    """A text with spans that validate_spans accepts; they may touch, and begin or end inside a token."""
    text = draw(nasty_texts)
    visible = [index for token in tokens(text) for index in range(*token)]
    spans, reach = [], 0
    for start in sorted(draw(st.sets(st.sampled_from(visible), max_size=4)) if visible else ()):
        if start < reach:
            continue
        end = draw(st.sampled_from([index + 1 for index in visible if start <= index < start + 12]))
        spans.append(Span(start, end, draw(st.sampled_from(("PER", "LOC", "DATE")))))
        reach = end
    return text, tuple(spans)
