"""Plots over days or weeks: bars in pairs, and an area."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from annotator.domain.queries.artist_growth import GrowthWeek
from annotator.web.charts import BOTTOM, LEFT, RIGHT, Frame, Plot, Shape, round_up

DATES = 5


def pairs_plot(days: Sequence[date], pairs: Sequence[tuple[int, int]], *, y_name: str, x_name: str) -> Plot:
    """For each day two bars from the floor: the first number in outline, the second filled."""
    top = round_up(max(max(pair) for pair in pairs), least=10)
    frame = Frame(0, len(days), 0, top)
    slot = (RIGHT - LEFT) / len(days)
    width = slot * 0.38
    bars = []
    for number, (outlined, filled) in enumerate(pairs):
        left = LEFT + slot * number + slot * 0.1
        bars += [frame.bar(left, width, outlined, "second"), frame.bar(left + width, width, filled, "first")]
    plot = _day_plot(frame, days, top, shift=0.5, names=(x_name, y_name))
    plot.bars = [bar for bar in bars if float(bar.height) > 0]
    return plot


def area_plot(days: Sequence[date], values: Sequence[int], *, y_name: str, x_name: str) -> Plot:
    top = round_up(max(values), least=10)
    frame = Frame(0, max(1, len(days) - 1), 0, top)
    plot = _day_plot(frame, days, top, shift=0, names=(x_name, y_name))
    points = frame.points(enumerate(values))
    plot.areas = [Shape(f"{LEFT},{BOTTOM} {points} {RIGHT},{BOTTOM}", "under")]
    plot.lines = [Shape(points, "first")]
    return plot


def size_plot(weeks: Sequence[GrowthWeek]) -> Plot:
    return area_plot(
        [week.day for week in weeks], [week.artists for week in weeks], y_name=_("artists"), x_name=_("week")
    )


def names_plot(weeks: Sequence[GrowthWeek]) -> Plot:
    pairs = [(week.mentions, week.new) for week in weeks]
    return pairs_plot([week.day for week in weeks], pairs, y_name=_("names"), x_name=_("week"))


def _day_plot(frame: Frame, days: Sequence[date], top: float, *, shift: float, names: tuple[str, str]) -> Plot:
    every = max(1, len(days) // DATES)
    shown = [number for number in range(len(days)) if (len(days) - 1 - number) % every == 0]
    return Plot(
        x_name=names[0],
        y_name=names[1],
        x_ticks=[frame.x_tick(number + shift, date_format(days[number], "j M")) for number in shown],
        y_ticks=[frame.y_tick(value, number_format(int(value))) for value in (0, top / 2, top)],
    )
