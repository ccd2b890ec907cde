"""Guideline checks in words."""

from django import template
from django.utils.translation import gettext as _

from ner_core.guidelines import load_rules

register = template.Library()


def doubt_words() -> dict[str, str]:
    """Code of a check (ner_core.guidelines) -> what to look at. {span} is the text of the span."""
    return {
        "two_acts": _("“{span}” looks like more than one act."),
        "edge_sign": _("“{span}” begins or ends with a sign that may not belong to it."),
        "possessive": _("“{span}” ends with a possessive."),
        "article": _("“{span}” begins with an article that may not belong to it."),
        "generic_word": _("“{span}” is an ordinary word, not a name."),
        "generic_tail": _("“{span}” ends with ordinary words."),
        "date_in_name": _("“{span}” begins or ends with a year, which is a date of its own."),
        "weekday_in_name": _("“{span}” has a weekday that may belong to the date beside it."),
        "date_divided": _("“{span}” continues the date before it."),
        "weekday_outside": _("A weekday beside “{span}” is not in its span."),
        "date_preposition": _("“{span}” begins or ends with a word that is not part of the date."),
    }


@register.simple_tag
def doubt(text: str, override: dict) -> str:
    """An overruled check, as in Verdict.overrides, in words."""
    return doubt_words()[override["code"]].replace("{span}", text[override["start"] : override["end"]])


@register.filter
def rule_number(code: str) -> int:
    """Which guideline a check belongs to."""
    return load_rules()["rules"][code]
