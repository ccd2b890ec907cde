"""A reading, drawn: the title's text cut at its spans. Each label has a letter and an underline style beside its colour."""

from collections.abc import Iterable
from itertools import pairwise

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotator.enums import Label

register = template.Library()

SPAN = (
    '<mark class="span" data-label="{}" title="{}">{}<span class="span-letter" aria-hidden="true">{}</span>'
    '<span class="visually-hidden"> ({})</span></mark>'
)


@register.simple_tag
def reading(text: str, spans: Iterable[dict]) -> SafeString:
    """The text with its spans marked. Offsets are code points, as Python counts; spans do not overlap."""
    at = {span["start"]: span for span in spans}
    cuts = sorted({0, len(text), *at, *(span["end"] for span in at.values())})
    pieces = ((_piece(text[start:end], at.get(start)),) for start, end in pairwise(cuts))
    return format_html('<span class="reading" dir="auto">{}</span>', format_html_join("", "{}", pieces))


@register.simple_tag
def spans_alone(text: str, spans: Iterable[dict]) -> SafeString | str:
    """The words of these spans, each marked, without the rest of the title; "nothing" if there is none."""
    marks = [(_piece(text[span["start"] : span["end"]], span),) for span in spans]
    if not marks:
        return _("nothing")
    return format_html('<span class="reading" dir="auto">{}</span>', format_html_join(" ", "{}", marks))


@register.filter
def share(value: float | None) -> str:
    """0.934 -> 93 %. Only certainty is 100 %."""
    if value is None:
        return ""
    return f"{100 if value >= 1 else min(round(value * 100), 99)} %"


@register.filter
def per_cent(part: int, whole: int | None) -> int:
    return round(100 * part / whole) if whole else 0


@register.filter
def minutes(seconds: float) -> int:
    """Rounded up: 61 -> 2."""
    return max(1, -(-int(seconds) // 60))


def _piece(text: str, span: dict | None) -> SafeString | str:
    if span is None:
        return text
    name = Label(span["label"]).label
    score = span.get("score")
    told = f"{name} {share(score)}" if score is not None else name
    return format_html(SPAN, span["label"], told, text, span["label"][0], name)
