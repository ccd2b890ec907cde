"""python -m tests.bench.plot_pages: the table of pages in docs/performance.md as docs/images/pages.svg, logarithmic in both directions."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TITLES = (1_000, 30_000, 1_000_000)
ROW = re.compile(r"^\| ([\w, ]+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 60, 560, 26, 370
LEAST_MS, MOST_MS = 5, 1000
NAMED = {
    "quality",
    "growth and duplicates",
    "models",
    "queue",
    "exports",
    "next cards",
    "verdict",
    "one title",
    "batches",
}


def main() -> None:
    text = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    table = text[text.index("## Pages as titles become many") :]
    rows = {name: tuple(map(int, found)) for name, *found in ROW.findall(table)}
    (ROOT / "docs/images/pages.svg").write_text("\n".join(_drawing(rows)) + "\n", encoding="utf-8")


def _drawing(rows: dict[str, tuple[int, ...]]) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img">'
    )
    yield "<title>Time until a page was made, p95, by the number of titles</title>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    yield from _axes()
    for name, (*times, _goal) in rows.items():
        yield from _line(name, times)
    yield from _names({name: times[2] for name, times in rows.items() if name in NAMED})
    yield "</svg>"


def _axes() -> Iterator[str]:
    for count in TITLES:
        yield f'<text x="{_x(count):.0f}" y="{BOTTOM + 20}" text-anchor="middle">{count:,}</text>'
    yield f'<text x="{(LEFT + RIGHT) / 2:.0f}" y="{BOTTOM + 42}" text-anchor="middle">titles</text>'
    for ms in (5, 10, 30, 50, 100, 200, 500, 1000):
        yield f'<path d="M{LEFT} {_y(ms):.1f}H{RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 6}" y="{_y(ms) + 4:.1f}" text-anchor="end">{ms}</text>'
    yield f'<text x="{LEFT - 6}" y="{TOP - 8}" text-anchor="end">ms</text>'


def _line(name: str, times: list[int]) -> Iterator[str]:
    points = " ".join(f"{_x(count):.1f},{_y(ms):.1f}" for count, ms in zip(TITLES, times, strict=True))
    look = 'stroke="#4046c6" stroke-width="2"' if name in NAMED else 'stroke="#aaa"'
    yield f'<polyline points="{points}" fill="none" {look}><title>{name}</title></polyline>'


def _names(ends: dict[str, int]) -> Iterator[str]:
    """Beside the ends of the lines, far enough from each other to be read."""
    last = 0.0
    for name, ms in sorted(ends.items(), key=lambda pair: -pair[1]):
        last = max(_y(ms) + 4, last + 14)
        yield f'<text x="{RIGHT + 8}" y="{last:.1f}" fill="#333">{name}, {ms} ms</text>'


def _x(count: int) -> float:
    return LEFT + (RIGHT - LEFT) * math.log(count / TITLES[0]) / math.log(TITLES[-1] / TITLES[0])


def _y(ms: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * math.log(ms / LEAST_MS) / math.log(MOST_MS / LEAST_MS)


if __name__ == "__main__":
    main()
