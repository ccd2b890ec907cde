"""Comparisons of models in words."""

from collections.abc import Iterable

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from annotator.enums import Label
from annotator.models import Comparison

ERROR_KINDS = ("missed", "invented", "wrong_label", "wrong_edge", "split", "merged")


def reason_words(reasons: Iterable[dict]) -> list[str]:
    return [_reason(reason) for reason in reasons]


def _reason(reason: dict) -> str:
    texts = {
        "too_few_gold": _("Only %(value)s gold titles; %(limit)s are needed to decide."),
        "worse_f1": _("F1 over all labels changes by %(value)s; it may lose %(limit)s."),
        "worse_label": _("F1 of %(label)s changes by %(value)s; it may lose %(limit)s."),
        "worse_calibration": _("The calibration error grows by %(value)s; it may grow by %(limit)s."),
        "slower": _("It reads at %(value)s times the speed; at least %(limit)s is wanted."),
        "no_better": _("Nothing is better: F1 over all labels changes by %(value)s, %(limit)s would be a gain."),
    }
    label = Label(reason["label"]).label if reason["label"] else ""
    values = {"value": _number(reason["value"]), "limit": _number(abs(reason["limit"])), "label": label}
    return texts[reason["code"]] % values


def f1_rows(comparison: Comparison) -> list[dict]:
    """Over all first, then by label."""
    names = {"micro": _("all labels"), **{label.value: str(label.label) for label in Label}}
    found = comparison.report["f1"]
    return [{"name": names[key], **found[key]} for key in names if key in found]


def figure_rows(comparison: Comparison) -> list[dict]:
    """What else was measured, before and after."""
    before, after = comparison.report["before"], comparison.report["after"]
    names = {
        "title_exact": _("titles exactly right"),
        "lineup_exact": _("line-ups exactly right"),
        "best3": _("right reading among the best three"),
        "span_ece": _("calibration error of spans"),
        "title_ece": _("calibration error of titles"),
        "speed": _("titles a second"),
        "size": _("megabytes of weights"),
    }
    before, after = (figures | {"size": figures["size"] / 1e6} for figures in (before, after))
    rows = [{"name": name, "before": before.get(key), "after": after.get(key)} for key, name in names.items()]
    kinds = dict(zip(ERROR_KINDS, _kinds(), strict=True))
    return rows + [
        {"name": name, "before": before["errors"].get(kind, 0), "after": after["errors"].get(kind, 0)}
        for kind, name in kinds.items()
    ]


def _kinds() -> tuple[str, ...]:
    return (
        _("errors: missed"),
        _("errors: invented"),
        _("errors: wrong label"),
        _("errors: wrong edge"),
        _("errors: split"),
        _("errors: merged"),
    )


def _number(value: float) -> str:
    return number_format(round(value, 3))
