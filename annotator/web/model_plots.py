"""The plots of the pages of models: loss and F1 of a training, F1 from version to version, reliability."""

from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from annotator.models import ModelVersion
from annotator.templatetags.quality import percent
from annotator.web.charts import Frame, Plot, Shape, round_up

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
FEWEST = 2  # points of a line


def loss_plot(curve: Sequence[dict]) -> Plot | None:
    points = [(point["step"], point["loss"]) for point in curve]
    if len(points) < FEWEST:
        return None
    top = round_up(max(loss for _step, loss in points), least=0.1)
    return _line(points, y_low=0.0, y_high=top, y_name=_("loss"), x_name=_("step"), y_text=_plain)


def score_plot(curve: Sequence[dict]) -> Plot | None:
    """A score is repeated until the next one is taken: only where it changes, and at its first."""
    points: list[tuple[float, float]] = []
    for point in curve:
        if point["score"] is not None and (not points or points[-1][1] != point["score"]):
            points.append((point["step"], point["score"]))
    if len(points) < FEWEST:
        return None
    return _line(points, y_low=0.0, y_high=1.0, y_name=_("F1"), x_name=_("step"), y_text=percent)


def versions_plot(versions: Sequence[ModelVersion]) -> Plot | None:
    """F1 on the gold of each version that was compared, in the order they were made."""
    scores = [
        version.comparisons.all()[0].report["f1"]["micro"]["second"]
        for version in reversed(versions)
        if version.comparisons.all() and "micro" in version.comparisons.all()[0].report["f1"]
    ]
    if len(scores) < FEWEST:
        return None
    points = list(enumerate(scores, start=1))
    return _line(points, y_low=0.0, y_high=1.0, y_name=_("F1"), x_name=_("version"), y_text=percent)


def gate_reliability_plot(bins: Sequence[Sequence]) -> Plot:
    """Bins as a report keeps them: low, high, count, mean score, share that was right."""
    frame = Frame(0, 1, 0, 1)
    pairs = [(mean, right) for _low, _high, count, mean, right in bins if count]
    return Plot(
        x_name=_("confidence"),
        y_name=_("right"),
        x_ticks=[frame.x_tick(value, number_format(value)) for value in QUARTERS],
        y_ticks=[frame.y_tick(value, percent(value)) for value in QUARTERS],
        lines=[Shape(frame.points([(0, 0), (1, 1)]), "ideal"), Shape(frame.points(pairs), "first")],
        marks=[frame.mark(x, y, y, y) for x, y in pairs],
    )


def _line(points: Sequence[tuple[float, float]], *, y_low, y_high, y_name, x_name, y_text) -> Plot:
    first, last = points[0][0], points[-1][0]
    frame = Frame(first, last, y_low, y_high)
    return Plot(
        x_name=x_name,
        y_name=y_name,
        x_ticks=[frame.x_tick(value, number_format(round(value))) for value in (first, (first + last) / 2, last)],
        y_ticks=[frame.y_tick(value, y_text(value)) for value in (y_low, (y_low + y_high) / 2, y_high)],
        lines=[Shape(frame.points(points), "first")],
        marks=[frame.mark(x, y, y, y) for x, y in points] if len(points) <= 15 else [],
    )


def _plain(value: float) -> str:
    return number_format(round(value, 2))
