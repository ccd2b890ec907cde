"""The file that tells which rows of an import were not taken, and why."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from annotator.domain.files import partial_file, publish
from annotator.domain.lines import RowError

COLUMNS = ("line", "code", "reason", "raw")
# With apostrophes of its own before it, so that taking one away gives back what was there.
FORMULA_START = re.compile("'*[=+\\-@\t\r]")


@contextmanager
def rejects_file(path: Path) -> Iterator[Callable[[RowError], None]]:
    """Gives a function that takes a rejected row. The CSV appears at `path` at the end, whole, and only if there was one."""
    rejected = 0
    with partial_file(path.parent) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="backslashreplace", newline="", write_through=True)
        rows = csv.writer(text)
        rows.writerow(COLUMNS)

        def reject(error: RowError) -> None:
            nonlocal rejected
            rejected += 1
            rows.writerow((error.number, error.code, harmless_cell(error.message), harmless_cell(error.raw)))

        yield reject
        text.detach()
        if rejected:
            publish(file, path)


def plain_cell(value: str) -> str:
    """What harmless_cell was given."""
    return value[1:] if value[:1] == "'" and FORMULA_START.match(value) else value


def harmless_cell(value: str) -> str:
    """A cell that spreadsheets take for text: an apostrophe goes before anything that they would run as a formula."""
    return f"'{value}" if FORMULA_START.match(value) else value
