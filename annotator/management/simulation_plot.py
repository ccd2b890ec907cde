"""The runs of a simulation as an SVG file that stands alone."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from annotator.domain.simulation import Point

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 420, 60, 540, 20, 370
STYLES = ("#3b44c4", "#0b7a4b", "#a8500b", "#8a1c6b", "#5b6070", "#0f6f86")
DASHES = ("", "6 3", "2 3", "10 3 2 3", "1 4", "12 4")
NAMES = {"titles": "titles reviewed", "minutes": "modelled minutes of review"}


def plot_svg(runs: Mapping[str, Sequence[Point]], key: str) -> str:
    """F1 against `key`, "titles" or "minutes": one line a run, told apart by colour and by dash."""
    values = [(getattr(point, key), point.f1) for points in runs.values() for point in points]
    top_x = max(x for x, _y in values) or 1
    low, high = min(y for _x, y in values) - 0.005, max(y for _x, y in values) + 0.005

    def place(x: float, y: float) -> str:
        return f"{LEFT + (RIGHT - LEFT) * x / top_x:.1f},{BOTTOM - (BOTTOM - TOP) * (y - low) / (high - low):.1f}"

    parts = [*_frame(top_x, low, high, NAMES[key])]
    for number, (name, points) in enumerate(runs.items()):
        style = f'stroke="{STYLES[number % 6]}" stroke-dasharray="{DASHES[number % 6]}" stroke-width="2" fill="none"'
        line = " ".join(place(getattr(point, key), point.f1) for point in points)
        y = TOP + 20 * number + 10
        parts += [
            f'<polyline {style} points="{line}"/>',
            f'<polyline {style} points="{RIGHT + 14},{y} {RIGHT + 44},{y}"/>',
            f'<text x="{RIGHT + 50}" y="{y + 4}">{escape(name)}</text>',
        ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>\n"])


def _frame(top_x: float, low: float, high: float, x_name: str) -> list[str]:
    lines = []
    for part in (0, 0.25, 0.5, 0.75, 1):
        x, y = LEFT + (RIGHT - LEFT) * part, BOTTOM - (BOTTOM - TOP) * part
        lines += [
            f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{low + (high - low) * part:.3f}</text>',
            f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{top_x * part:.0f}</text>',
        ]
    return [
        *lines,
        f'<text x="{RIGHT}" y="{BOTTOM + 38}" text-anchor="end">{x_name} →</text>',
        f'<text x="{LEFT}" y="{TOP - 6}">F1</text>',
    ]
