"""What the processes of a desk take of the processor, by their part in it."""

import contextlib
import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.faults.desk import descendants

TICK = os.sysconf("SC_CLK_TCK")
_PARTS = {"celery": "worker, parent", "valkey": "broker", "redis": "broker", "gunicorn": "web", "postgres": "database"}
POOL, BEAT, OTHERS = "worker, pool", "beat", "others"


def seconds_by_part(*roots: int) -> dict[str, float]:
    """Part -> seconds that it has taken until now; what a process that has ended took counts for its parent."""
    spent: dict[str, float] = {}
    for pid, command in _trees(roots).items():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            part = _part_of(pid, command)
            spent[part] = spent.get(part, 0.0) + _seconds(pid)
    return spent


def postmaster(database_url: str) -> int:
    """The first process of the PostgreSQL server behind this URL."""
    return int((Path(ask(database_url, "show data_directory")) / "postmaster.pid").read_text().split()[0])


def ask(database_url: str, sql: str) -> Any:
    """The one value that a query finds, over a connection that stays: to open one costs the server five milliseconds."""
    return _connection(database_url).execute(sql).fetchone()[0]


@cache
def _connection(database_url: str) -> Any:
    import psycopg

    return psycopg.connect(database_url, autocommit=True)


def milliseconds_each(before: dict[str, float], after: dict[str, float], count: int) -> dict[str, float]:
    return {part: (after[part] - before.get(part, 0.0)) / count * 1000 for part in sorted(after)}


def _trees(roots: tuple[int, ...]) -> dict[int, str]:
    found: dict[int, str] = {}
    for root in roots:
        command = Path(f"/proc/{root}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        found |= {root: command} | descendants(root)
    return found


def _part_of(pid: int, command: str) -> str:
    name = next((part for word, part in _PARTS.items() if word in command), OTHERS)
    if name != "worker, parent" or not _is_child_of_celery(pid):
        return name
    return BEAT if _keeps_schedule(pid) else POOL


def _is_child_of_celery(pid: int) -> bool:
    """Whether a worker has forked it: for the pool, or for the schedule."""
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return b"celery" in Path(f"/proc/{parent}/cmdline").read_bytes()


def _keeps_schedule(pid: int) -> bool:
    return any("beat-schedule" in str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir())


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK  # its own, and what its ended children took
