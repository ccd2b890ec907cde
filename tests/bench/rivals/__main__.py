"""python -m tests.bench.rivals: what Label Studio and doccano cost on the same work as Lineup Desk, one tool after the other.

Each is installed from the package index into an environment of its own, started as its documentation says, with SQLite, and driven over
HTTP with the requests of its own pages. The rivals are given ready-made readings; in Lineup Desk the model reads the titles.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any, Protocol

from tests.bench.output import say
from tests.bench.rivals.browser import Refused, TookTooLong
from tests.bench.rivals.doccano import Doccano
from tests.bench.rivals.label_studio import LabelStudio
from tests.bench.rivals.lineup_desk import LineupDesk
from tests.bench.rivals.tasks import Task, made_tasks, rare_word
from tests.bench.rivals.use import MemoryWatch, core_seconds

TOOLS = {"lineup-desk": LineupDesk, "label-studio": LabelStudio, "doccano": Doccano}
SIZES = [20_000, 100_000]
ROUNDS, FEWEST_ASKED, LONGEST_SECONDS = 200, 40, 60
SECONDS = ", s"
Figure = float | str
Figures = dict[str, Figure]


class Tool(Protocol):
    """One installed annotation tool. `start` returns when somebody is signed in; `next_tasks` gives what one request of its page brings."""

    name: str
    release: str

    def install(self) -> float: ...
    def start(self, home: Path) -> None: ...
    def stop(self) -> None: ...
    def roots(self) -> list[int]: ...
    def stored_megabytes(self) -> float: ...
    def import_waiting(self, tasks: list[Task]) -> Figures | None: ...
    def import_annotated(self, tasks: list[Task]) -> None: ...
    def next_tasks(self) -> list: ...
    def accept(self, task: object) -> None: ...
    def list_page(self) -> None: ...
    def search(self, word: str) -> None: ...
    def export(self) -> int: ...


def main() -> None:
    options = _parser().parse_args()
    say(
        f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )
    tools: list[Tool] = [TOOLS[name](options.environments, options.limit) for name in options.tools]
    installed: dict[str, Figures] = {tool.name: {"installed, MB": tool.install()} for tool in tools}
    say(", ".join(tool.release for tool in tools))
    for count in options.sizes:
        found = {tool.name: installed[tool.name] | measure(tool, count) for tool in tools}
        _show(count, found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="tasks")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS), help="ratios are to the first")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which a step is given up, and its tool")
    default = Path(tempfile.gettempdir()) / "lineup-desk-rivals"
    parser.add_argument("--environments", type=Path, default=default, help="where they are installed, once")
    return parser


def measure(tool: Tool, tasks: int) -> Figures:
    """What each step took. One that failed, or took too long, is told in words, and those behind it are missing."""
    found: Figures = {}
    say(f"{tool.name}, {tasks:,} tasks; {_load()}")
    with tempfile.TemporaryDirectory() as home, MemoryWatch(tool.roots) as memory:
        try:
            for name, step in _steps(tool, tasks, Path(home)).items():
                more, went_well = _take(name, step, tool.roots)
                found |= more
                for row, figure in more.items():
                    say(f"{tool.name:<14}{tasks:>9,}  {row:<38}{_shown(figure):>10}")
                if not went_well:
                    break
            found |= {"largest memory, MB": memory.largest, "stored, MB": tool.stored_megabytes()}
        finally:
            tool.stop()
            say(f"{tool.name} has ended; {_load()}")
    return found


def _load() -> str:
    """The tool's own share included: above three, somebody else was at work too."""
    return "{}, load {:.1f}, {:.1f} in five minutes, {:.1f} in fifteen".format(time.strftime("%X"), *os.getloadavg())


def _steps(tool: Tool, tasks: int, home: Path) -> dict[str, Callable[[], Figures | None]]:
    """A step whose name ends in seconds is timed as a whole."""
    waiting, annotated = made_tasks(tasks), made_tasks(tasks, first=tasks)
    word = rare_word(waiting)

    def export() -> None:
        assert tool.export() == tasks

    return {
        f"first start{SECONDS}": lambda: tool.start(home),
        f"import, to be reviewed{SECONDS}": lambda: tool.import_waiting(waiting),
        "next task and submit": lambda: _review(tool),
        "list": lambda: _asked("list page", tool.list_page),
        "search": lambda: _asked("list, a word", lambda: tool.search(word)),
        f"import, annotated{SECONDS}": lambda: tool.import_annotated(annotated),
        f"export, annotated{SECONDS}": export,
    }


def _take(name: str, step: Callable[[], Figures | None], roots: Callable[[], list[int]]) -> tuple[Figures, bool]:
    before, begun = core_seconds(roots()), time.perf_counter()
    try:
        more = step() or {}
    except TookTooLong:
        return {name: f"more than {time.perf_counter() - begun:.0f} s"}, False
    except Refused as error:
        return {name: f"failed: {error}"}, False
    if not name.endswith(SECONDS):
        return more, True
    taken = {name: time.perf_counter() - begun}
    return taken | {f"{name} of a core": core_seconds(roots()) - before} | more, True


def _review(tool: Tool) -> Figures:
    """One reviewer, who accepts what is proposed. Only the requests are timed."""
    asked: list[float] = []
    saved: list[float] = []
    before, ends = core_seconds(tool.roots()), time.perf_counter() + LONGEST_SECONDS
    while (len(saved) < ROUNDS or len(asked) < FEWEST_ASKED) and time.perf_counter() < ends:
        tasks = _clocked(asked, tool.next_tasks)
        for task in tasks:
            _clocked(saved, lambda task=task: tool.accept(task))
    used = core_seconds(tool.roots()) - before
    spent = {"requests for a task, mean, ms": (sum(asked) + sum(saved)) / len(saved) * 1000}
    spent["the same, ms of a core"] = used / len(saved) * 1000
    return _cuts("next task", asked) | _cuts("submit", saved) | spent


def _asked(name: str, ask: Callable[[], None]) -> Figures:
    waits: list[float] = []
    ends = time.perf_counter() + LONGEST_SECONDS
    while len(waits) < FEWEST_ASKED and time.perf_counter() < ends:
        _clocked(waits, ask)
    return _cuts(name, waits)


def _clocked(waits: list[float], work: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    done = work()
    waits.append(time.perf_counter() - begun)
    return done


def _cuts(name: str, waits: list[float]) -> Figures:
    cuts = quantiles(waits, n=20, method="inclusive") if len(waits) > 1 else waits * 19
    return {f"{name} p50, ms": cuts[9] * 1000, f"{name} p95, ms": cuts[18] * 1000}


def _show(tasks: int, found: dict[str, Figures]) -> None:
    """One row for each figure, with its ratio to that of the first tool."""
    first, *_others = found.values()
    say(f"\n{f'{tasks:,} tasks':<38}" + "".join(f"{name:>24}" for name in found))
    for row in dict.fromkeys(row for figures in found.values() for row in figures):
        cells = (_cell(figures.get(row), first.get(row)) for figures in found.values())
        say(f"{row:<38}" + "".join(f"{cell:>24}" for cell in cells))
    say("")


def _cell(figure: Figure | None, first: Figure | None) -> str:
    if not isinstance(figure, float) or not isinstance(first, float):
        return _shown(figure)[:22]
    return f"{_shown(figure)} ({figure / first:.2g})"


def _shown(figure: Figure | None) -> str:
    if isinstance(figure, float):
        return f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"
    return figure or "-"


if __name__ == "__main__":
    main()
