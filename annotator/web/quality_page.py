"""What the quality page shows: the rows of the period, their figures and plots."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from annotator.domain.band_limits import Limits, current_limits, limits_history
from annotator.domain.limit_effects import Effect, limit_effects
from annotator.domain.model_versions import active_version
from annotator.domain.quality import (
    Decision,
    Judged,
    anchoring,
    auto_error,
    calibration_error,
    count_edits,
    reliability,
)
from annotator.domain.queries.quality import (
    MAX_ROWS,
    decisions,
    judged_titles,
    recent_volume,
    reviewer_rows,
    two_readings,
)
from annotator.domain.queries.queue_flow import AgeGroup, queue_ages, queue_flow
from annotator.enums import Band, Label
from annotator.models import ModelVersion
from annotator.web.health import current_health, health_words
from annotator.web.quality_plots import error_plot, flow_plot, reliability_plot, volume_plot, waiting_plot
from ner_core.agreement import TwoReadings, agreement, agreement_by_label

TABLE_LIMITS = (0.6, 0.7, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99)
CURVE_LIMITS = tuple(step / 100 for step in range(50, 101))
EDIT_WORDS = {
    "accept": _("accepted as it stood"),
    "relabel": _("another label"),
    "edge": _("an edge moved"),
    "add": _("a span added"),
    "remove": _("a span removed"),
    "nothing": _("nothing here"),
    "skip": _("skipped"),
    "flag": _("flagged"),
}


def quality_context(days: int) -> dict[str, object]:
    """Everything but the form of the limits. The queries do not grow with the rows."""
    since = timezone.now() - timedelta(days=days)
    limits, version, judged = current_limits(), active_version(), judged_titles(since=since)
    made, pairs = decisions(since=since, limits=limits), two_readings(since=since)
    return {
        "days": days,
        "max_rows": MAX_ROWS,
        "auto_error": auto_error(judged),
        "reviewers": reviewer_rows(since=since),
        **_limits_context(limits, version, since=since, judged=judged),
        **_reliability_context(version, judged),
        **_agreement_context(pairs),
        **_edits_context(made),
        **_queue_context(days),
        **_health_context(),
    }


def preview_context(wanted: Limits | None, days: int) -> dict[str, object]:
    """What limits that are not set yet would do, beside those that are."""
    since = timezone.now() - timedelta(days=days)
    version, limits = active_version(), current_limits()
    volume, judged = recent_volume(version, since=since), _of_version(judged_titles(since=since), version)
    effects = [
        (name, found, effect)
        for name, found in ((_("now"), limits), (_("then"), wanted))
        if found
        for effect in limit_effects([found.high], found, volume=volume, judged=judged)
    ]
    return {"preview": effects, "wanted": wanted, "limits": limits}


def _limits_context(
    limits: Limits, version: ModelVersion | None, *, since: datetime, judged: list[Judged]
) -> dict[str, object]:
    volume, of_version = recent_volume(version, since=since), _of_version(judged, version)
    candidates = sorted({*TABLE_LIMITS, limits.high})
    curve = limit_effects(CURVE_LIMITS, limits, volume=volume, judged=of_version)
    table = limit_effects(candidates, limits, volume=volume, judged=of_version)
    return {
        "limits": limits,
        "history": limits_history(),
        "volume_count": len(volume),
        "judged_count": len(of_version),
        "effects": [(effect, effect.high == limits.high) for effect in table],
        "now": _at(limits, table),
        "volume_plot": volume_plot(curve, limits) if curve else None,
        "error_plot": error_plot(curve, limits),
    }


def _at(limits: Limits, effects: list[Effect]) -> Effect | None:
    return next((effect for effect in effects if effect.high == limits.high), None)


def _reliability_context(version: ModelVersion | None, judged: list[Judged]) -> dict[str, object]:
    rows = _of_version(judged, version)
    bins = reliability(rows)
    return {
        "version": version,
        "bins": bins,
        "reliability_plot": reliability_plot(bins) if bins else None,
        "calibration_error": calibration_error(rows),
    }


def _agreement_context(pairs: list[TwoReadings]) -> dict[str, object]:
    by_label = agreement_by_label(pairs)
    return {
        "pairs": len(pairs),
        "agreement": agreement(pairs) if pairs else None,
        "by_label": [(Label(label).label, found) for label, found in by_label.items()],
    }


def _edits_context(made: list[Decision]) -> dict[str, object]:
    shown = sum(not decision.blind for decision in made)
    edits = [(EDIT_WORDS[kind], count, count / shown) for kind, count in count_edits(made).items()] if shown else []
    rows = [(Band(row.band).label, row) for row in anchoring(made)]
    return {"edits": edits, "edits_of": shown, "blind_count": len(made) - shown, "anchoring": rows}


def _queue_context(days: int) -> dict[str, object]:
    ages, flow = queue_ages(), queue_flow(days)
    waiting = sum(group.count for group in ages)
    busy = any(day.entered or day.done or day.waiting for day in flow)
    return {
        "waiting": waiting,
        "ages": [(age_words(group), group.count, group.count / waiting) for group in ages] if waiting else [],
        "flow": flow[::-1] if busy else [],
        "flow_plot": flow_plot(flow) if busy else None,
        "waiting_plot": waiting_plot(flow) if busy else None,
    }


def _health_context() -> dict[str, object]:
    health = current_health()
    return {"work": health, "work_words": health_words(health)}


def age_words(group: AgeGroup) -> str:
    if group.since is None:
        return gettext("under %(time)s") % {"time": _length(group.until)}
    if group.until is None:
        return gettext("%(time)s and more") % {"time": _length(group.since)}
    return gettext("%(since)s to %(until)s") % {"since": _length(group.since), "until": _length(group.until)}


def _length(time: timedelta) -> str:
    if time.days:
        return ngettext("%(count)d day", "%(count)d days", time.days) % {"count": time.days}
    hours = time.seconds // 3600
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _of_version(judged: list[Judged], version: ModelVersion | None) -> list[Judged]:
    return [row for row in judged if version and row.model == version.pk]
