""".ci/postgres .venv/bin/python -m tests.bench.hosts: how many titles a second one broker and one PostgreSQL take from several hosts.

Each host is a Celery worker with one process. Its model is played: recorded readings after a sleep of --read milliseconds a title, so
that this machine's cores are free for what is measured: storing, routing, the broker and the database. Workers still store here what
they would store from cores of their own; what each part takes of a core for a title is printed, and says where the limit is.
"""

import argparse
import contextlib
import os
import pickle
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.output import say
from tests.bench.processor_time import ask, milliseconds_each, postmaster, seconds_by_part
from tests.bench.tagging import ALL, DATABASE_URL, DEMO_TITLES, ROOT, SEND, SETTINGS, STARTER, titles_without_repeats
from tests.faults.desk import ELSEWHERE, TaggingDesk

WORKER = [sys.executable, "-m", "celery", "--quiet", "--app", "annotator.celery_app", "worker", "--queues", "tag"]


def main() -> None:
    options = _parser().parse_args()
    if not DATABASE_URL:
        raise SystemExit("run it behind .ci/postgres")
    say(f"{platform.platform()}, {os.cpu_count()} cores, PostgreSQL; {options.read:g} ms to read a title, played")
    with tempfile.TemporaryDirectory() as home:
        played = _record(Path(home) / "readings", options.read)
        first = 0
        for hosts in options.hosts:
            count = min(options.titles, int(hosts * options.seconds * 1000 / options.read))
            directory = Path(home) / str(hosts)
            directory.mkdir()
            _measure(
                directory, played, hosts=hosts, texts=titles_without_repeats(count, first=first), read=options.read
            )
            first += count


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", nargs="+", type=int, default=[1, 2, 4, 8])
    parser.add_argument("--read", type=float, default=1.5, help="milliseconds that a host needs to read a title")
    parser.add_argument("--seconds", type=float, default=15.0, help="about how long each number of hosts works")
    parser.add_argument("--titles", type=int, default=60_000, help="at most")
    return parser


def _record(path: Path, read: float) -> dict[str, str]:
    """What the environment of a worker says of the played model."""
    from ner_core.tagger import load_tagger
    from ner_core.text import normalise_title

    lines = [normalise_title(line) for line in DEMO_TITLES.read_text(encoding="utf-8").splitlines() if line.strip()]
    readings = load_tagger(STARTER, threads=2).tag(lines, n_best=2)
    path.write_bytes(pickle.dumps(dict(zip(lines, readings, strict=True))))
    return {
        "DJANGO_SETTINGS_MODULE": "tests.bench.recorded_settings",
        "RECORDED_READINGS": str(path),
        "RECORDED_SECONDS": str(read / 1000),
    }


def _measure(home: Path, played: dict[str, str], *, hosts: int, texts: list[str], read: float) -> None:
    source = home / "titles.txt"
    source.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    desk = TaggingDesk(home / "var", STARTER, **SETTINGS, **played, WORKER_CONCURRENCY="1")
    desk.open()
    try:
        desk.manage("import_titles", str(source), "--no-tag")
        with _more_hosts(desk, hosts - 1) as others:
            roots = [desk.process.pid, postmaster(DATABASE_URL), *others]
            before = seconds_by_part(*roots)
            begun = float(desk.manage("shell", "--no-imports", "-c", SEND.format(most=ALL)))
            while _new_titles():
                time.sleep(0.2)
            taken = time.time() - begun
            spent = milliseconds_each(before, seconds_by_part(*roots), len(texts))
    finally:
        desk.stop()
    offered, reached = hosts * 1000 / read, len(texts) / taken
    say(f"{hosts} hosts: read {offered:,.0f} titles/s, stored and routed {reached:,.0f} ({reached / offered:.0%})")
    say("  ms of a core for a title: " + ", ".join(f"{part} {one:.3f}" for part, one in spent.items()))


@contextlib.contextmanager
def _more_hosts(desk: TaggingDesk, count: int) -> Iterator[list[int]]:
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE} | desk.environment
    environment |= {"VAR_DIR": str(desk.var_dir), "OMP_NUM_THREADS": "1"}
    with (desk.var_dir / "hosts.log").open("w") as log:
        workers = [
            subprocess.Popen(
                [*WORKER, "--hostname", f"host{number}@%h"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            for number in range(count)
        ]
    try:
        _wait_for_workers(count + 1)
        yield [worker.pid for worker in workers]
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=60)


def _wait_for_workers(count: int) -> None:
    deadline = time.monotonic() + 60
    while (
        ask(
            DATABASE_URL, "select count(*) from annotator_workerheartbeat where seen_at > now() - interval '30 seconds'"
        )
        < count
    ):
        if time.monotonic() > deadline:
            raise SystemExit("not all workers came up")
        time.sleep(0.2)


def _new_titles() -> int:
    return ask(
        DATABASE_URL, "select count(*) from (select 1 from annotator_title where state = 'new' limit 1) as found"
    )


if __name__ == "__main__":
    main()
