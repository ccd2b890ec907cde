"""The plots of the quality page."""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from annotator.domain.band_limits import Limits
from annotator.domain.limit_effects import Effect
from annotator.domain.quality import ReliabilityBin
from annotator.domain.queries.queue_flow import FlowDay
from annotator.templatetags.quality import percent
from annotator.web.charts import Frame, Plot, Shape, round_up
from annotator.web.time_plots import area_plot, pairs_plot

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
TENTHS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def reliability_plot(bins: Sequence[ReliabilityBin]) -> Plot:
    frame = Frame(0, 1, 0, 1)
    return Plot(
        x_name=_("confidence"),
        y_name=_("right"),
        x_ticks=[frame.x_tick(value, number_format(value)) for value in QUARTERS],
        y_ticks=[frame.y_tick(value, percent(value)) for value in QUARTERS],
        lines=[Shape(frame.points([(0, 0), (1, 1)]), "ideal"), Shape(_joined(frame, bins), "first")],
        marks=[frame.mark(row.mean, row.right.value, row.right.low, row.right.high) for row in bins],
    )


def volume_plot(effects: Sequence[Effect], limits: Limits) -> Plot:
    frame = Frame(0.5, 1, 0, 1)
    pairs = [(effect.high, effect.auto) for effect in effects]
    return _limit_plot(frame, limits, _("settled automatically"), QUARTERS, [Shape(frame.points(pairs), "first")])


def error_plot(effects: Sequence[Effect], limits: Limits) -> Plot | None:
    """None where nobody has judged a reading. The axis follows the error itself: near 1 the interval of a few readings may leave it."""
    known = [effect for effect in effects if effect.error]
    if not known:
        return None
    top = round_up(1.1 * max(effect.error.value for effect in known), least=0.01)
    frame = Frame(0.5, 1, 0, top)
    upper = [(effect.high, min(top, effect.error.high)) for effect in known]
    lower = [(effect.high, min(top, effect.error.low)) for effect in reversed(known)]
    line = Shape(frame.points((effect.high, effect.error.value) for effect in known), "first")
    plot = _limit_plot(frame, limits, _("wrong among these"), [top * part for part in (0, 0.5, 1)], [line])
    plot.areas = [Shape(frame.points([*upper, *lower]), "interval")]
    return plot


def flow_plot(days: Sequence[FlowDay]) -> Plot:
    pairs = [(day.entered, day.done) for day in days]
    return pairs_plot([day.day for day in days], pairs, y_name=_("titles"), x_name=_("day"))


def waiting_plot(days: Sequence[FlowDay]) -> Plot:
    return area_plot([day.day for day in days], [day.waiting for day in days], y_name=_("waiting"), x_name=_("day"))


def _limit_plot(frame: Frame, limits: Limits, y_name: str, y_values: Sequence[float], lines: list[Shape]) -> Plot:
    places = 0 if frame.y_high > 0.05 else 1
    return Plot(
        x_name=_("limit of the high band"),
        y_name=y_name,
        x_ticks=[frame.x_tick(value, number_format(value)) for value in TENTHS],
        y_ticks=[frame.y_tick(value, percent(value, places)) for value in y_values],
        lines=lines,
        rules=[frame.x_tick(limits.high, _("now"))] if limits.high >= frame.x_low else [],
    )


def _joined(frame: Frame, bins: Sequence[ReliabilityBin]) -> str:
    return frame.points((row.mean, row.right.value) for row in bins)
