"""CSV records with the lines that they were made of: a bad record costs its first line only, in time that grows with the file."""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

Line = TypeVar("Line")
_LARGEST_CELL = 2**24
csv.field_size_limit(
    _LARGEST_CELL
)  # Python's own 128 KB would call a long line bad CSV; readers bound a record themselves


def csv_records(
    source: Iterator[Line], text_of: Callable[[Line], str | None], *, delimiter: str = ",", most: int = _LARGEST_CELL
) -> Iterator[tuple[list[Line], list[str] | None]]:
    """(lines, cells) of each record, blank ones included; ([line], None) where none can begin: the lines after it are read again.

    A record of several lines has at most `most` characters; a line without text (None) ends what was begun. Lines that are read again
    are each time given half as many: a file of quotes that never end would else be read once for each of its lines.
    """
    again: deque[Line] = deque()
    taken: list[Line] = []
    allowed = most

    def feed() -> Iterator[str]:
        size = 0
        while again or (line := next(source, None)) is not None:
            line = again.popleft() if again else line
            taken.append(line)
            text = text_of(line)
            size += len(text or "") if len(taken) > 1 else 0
            if text is None or size > allowed:
                raise csv.Error("a quoted cell does not end")
            yield text

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        allowed = allowed if again else most
        taken.clear()
        try:
            cells = next(reader, None)
        except csv.Error:
            first, *rest = taken
            again.extendleft(reversed(rest))
            allowed = allowed // 2 if rest else allowed
            yield [first], None
            reader = csv.reader(feed(), delimiter=delimiter, strict=True)
            continue
        if cells is None:
            return
        yield list(taken), cells
