"""python -m tests.bench.tagging: titles a second from import to routed, through Celery, against the engine's own rate in one run.

The worker is the one that `make run` starts, with one and with two processes. Behind .ci/postgres, or where DATABASE_URL is set, the
rows go there; else into SQLite. Titles are the demo titles with a number, so that none comes twice. The engine alone is measured before
and after.
"""

import argparse
import multiprocessing
import os
import platform
import tempfile
import time
from pathlib import Path

from tests.bench.output import say
from tests.bench.processor_time import ask, milliseconds_each, postmaster, seconds_by_part
from tests.faults.desk import TaggingDesk, descendants

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "ner_core" / "starter"
DEMO_TITLES = ROOT / "annotator" / "demo" / "titles.txt"
CHUNK = 512
WARM_UP = 4 * CHUNK  # titles that are read before the clock starts: each process loads its model
ALL = 10**9
DATABASE_URL = os.environ.get("DATABASE_URL", "")
SETTINGS = {
    "TAG_CHUNK": str(CHUNK),
    "RECOVERY_SECONDS": "600",
    "BAND_HIGH": "0.9",
    "BAND_MIDDLE": "0.6",
    "TAGGER_THREADS": "1",
} | ({"DATABASE_URL": DATABASE_URL} if DATABASE_URL else {})
SEND = """
import time
from annotator import tasks
from annotator.domain.tagging import find_new_title_ids
new = find_new_title_ids(limit={most})
print(time.time())
tasks.send_tagging(new)
"""


def main() -> None:
    options = _parser().parse_args()
    kind = "PostgreSQL" if DATABASE_URL else "SQLite"
    say(f"{platform.platform()}, {os.cpu_count()} cores, {kind}; {options.titles:,} titles")
    for round_, processes in enumerate(options.processes):
        own = [_engine(processes, options.titles)]
        with tempfile.TemporaryDirectory() as home:
            source = Path(home) / "titles.txt"
            texts = titles_without_repeats(options.titles + WARM_UP, first=round_ * (options.titles + WARM_UP))
            source.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
            desk = TaggingDesk(Path(home) / "var", STARTER, **SETTINGS, WORKER_CONCURRENCY=str(processes))
            desk.open()
            try:
                rate, spent = _measure(desk, source, options.titles)
            finally:
                desk.stop()
        own.append(_engine(processes, options.titles))
        _compare(processes, rate, spent, own)


def _compare(processes: int, rate: float, spent: dict[str, float], own: list[tuple[float, float]]) -> None:
    (before, cost_before), (after, cost_after) = own
    alone, cost = (before + after) / 2, (cost_before + cost_after) / 2
    say(f"{processes} process(es): the engine alone{alone:>34.0f} titles/s ({before:.0f} before, {after:.0f} after)")
    say(f"  stored and routed{rate:>46.0f} titles/s, {rate / alone:.0%} of the engine")
    say(f"  ms of a core for a title: engine alone {cost:.2f}, all processes of the desk {sum(spent.values()):.2f}")
    for part, milliseconds in sorted(spent.items(), key=lambda one: -one[1]):
        say(f"    {part:<38}{milliseconds:>22.3f}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--titles", type=int, default=8_000)
    parser.add_argument("--processes", nargs="+", type=int, default=[1, 2])
    return parser


def titles_without_repeats(count: int, *, first: int = 0) -> list[str]:
    lines = [line for line in DEMO_TITLES.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [f"{lines[number % len(lines)]} {number}" for number in range(first, first + count)]


def _engine(processes: int, titles: int) -> tuple[float, float]:
    """Titles a second and milliseconds of a core for each, of as many processes with a thread each, without database and broker.

    Of a fifth of the titles, 10,000 at the most, in the same chunks.
    """
    share = max(CHUNK, min(titles // 5, 10_000) // processes)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(_read, [CHUNK] * processes, chunksize=1)  # loads the model
        begun = time.perf_counter()
        spent = sum(pool.map(_read, [share] * processes, chunksize=1))
        taken = time.perf_counter() - begun
    return processes * share / taken, spent / (processes * share) * 1000


def _read(count: int) -> float:
    """Seconds of a core that it took."""
    from ner_core.tagger import load_tagger

    global _tagger  # noqa: PLW0603  kept from the first call in this process
    _tagger = globals().get("_tagger") or load_tagger(STARTER, threads=1)
    texts = titles_without_repeats(count)
    begun = time.process_time()
    for start in range(0, count, CHUNK):
        _tagger.tag(texts[start : start + CHUNK], n_best=2)
    return time.process_time() - begun


def _measure(desk: TaggingDesk, source: Path, titles: int) -> tuple[float, dict[str, float]]:
    """Titles a second, and what each part of the desk took of a core for a title, in milliseconds."""
    begun = time.perf_counter()
    desk.manage("import_titles", str(source), "--no-tag")
    say(
        f"  import, the start of the command included{(titles + WARM_UP) / (time.perf_counter() - begun):>22,.0f} rows/s"
    )
    empty = _tagged(desk)
    desk.manage("shell", "--no-imports", "-c", SEND.format(most=WARM_UP))
    _wait_for(desk, empty + WARM_UP)
    roots = [desk.process.pid, *([postmaster(DATABASE_URL)] if DATABASE_URL else [])]
    before, spent_before = _tagged(desk), seconds_by_part(*roots)
    taken, memory = [], []
    begun = float(desk.manage("shell", "--no-imports", "-c", SEND.format(most=ALL)))
    for quarter in range(1, 5):
        _wait_for(desk, before + quarter * titles // 4)
        taken.append(time.time() - begun)
        memory.append(_largest_worker(desk))
    spent = milliseconds_each(spent_before, seconds_by_part(*roots), titles)
    quarters = [last - first for first, last in zip([0.0, *taken], taken, strict=False)]
    say(f"  seconds for each quarter                  {' '.join(f'{one:6.1f}' for one in quarters)}")
    say(f"  largest worker process after each, MB     {' '.join(f'{one:6.0f}' for one in memory)}")
    return titles / taken[-1], spent


def _wait_for(desk: TaggingDesk, count: int) -> None:
    """Until so many titles are tagged. The ids tell when it can be so: counting hundred thousand rows five times a second would show."""
    while _ask(desk, "select max(id) from annotator_prediction") < count or _tagged(desk) < count:
        time.sleep(0.2)


def _tagged(desk: TaggingDesk) -> int:
    return _ask(desk, "select count(*) from annotator_prediction")


def _ask(desk: TaggingDesk, sql: str) -> int:
    return (ask(DATABASE_URL, sql) if DATABASE_URL else desk.query(sql)[0][0]) or 0


def _largest_worker(desk: TaggingDesk) -> float:
    workers = descendants(desk.child("celery"))
    return max((_resident(pid) for pid in workers), default=0.0)


def _resident(pid: int) -> float:
    """MB in memory; 0 for a process that is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
