"""Doubts about a reading that a person looked at and kept: guideline rules that a span breaks on purpose."""

from collections.abc import Sequence
from operator import itemgetter

from django.utils.translation import gettext as _

from annotator.domain.verdicts import clean_comment
from annotator.exceptions import InvalidVerdict
from ner_core.guidelines import CODES


def clean_overrides(overrides: Sequence[dict], spans: Sequence[dict]) -> list[dict]:
    """As they are stored: {"code", "start", "end", "reason"}, each about a span of the reading, in the order of the title.

    The browser that found the doubt may be older than the rules, so it is not looked for again; only rules that nobody ever wrote and spans
    that are not there are refused, with InvalidVerdict. A doubt that comes twice is kept once, with its first reason.
    """
    places = {(span["start"], span["end"]) for span in spans}
    kept: dict[tuple, dict] = {}
    for override in overrides:
        _check(override, places)
        key = (override["start"], override["end"], override["code"])
        kept.setdefault(key, _stored(override))
    return sorted(kept.values(), key=itemgetter("start", "end"))


def _check(override: dict, places: set[tuple[int, int]]) -> None:
    if override["code"] not in CODES:
        message = _("%(code)s is not a check of the guidelines.") % {"code": override["code"]}
        raise InvalidVerdict(message, code="unknown_check", field="overrides")
    if (override["start"], override["end"]) not in places:
        message = _("The reading has no span from %(start)s to %(end)s.")
        raise InvalidVerdict(message % override, code="no_such_span", field="overrides")


def _stored(override: dict) -> dict:
    place = {name: override[name] for name in ("code", "start", "end")}
    return place | {"reason": clean_comment(override.get("reason", ""))}
