"""Figures of the quality page, written as the reader's language does."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from annotator.domain.estimates import Share

register = template.Library()


@register.filter
def percent(value: float | None, places: int = 0) -> str:
    """0.0123 with one place: 1.2 %."""
    return "" if value is None else f"{_rounded(100 * value, places)}\u00a0%"


@register.filter
def interval(share: Share | None, places: int = 1) -> str:
    """1.2 % [0.7–1.9], with the ends of its 95 % interval."""
    if share is None:
        return _("not known")
    ends = "–".join(_rounded(100 * end, places) for end in (share.low, share.high))
    return f"{percent(share.value, places)} [{ends}]"


@register.filter
def coefficient(value: float | str | None) -> str:
    """An F1, an alpha or a limit: 0.87; a dash where there is none."""
    return _rounded(value, 2) if isinstance(value, float | int) else "–"


def _rounded(value: float, places: int) -> str:
    """Django's number_format cuts digits off; and there is no -0.0."""
    return number_format(round(value, places) + 0.0, places)
