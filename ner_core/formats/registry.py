"""The formats by name. A module is loaded when its format is used: spaCy and pyarrow are large."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TextIO

from ner_core.formats import OnError, Record, raise_error

_BLOCK, _LONGEST_LINE = 2**20, 2**24


@dataclass(frozen=True)
class Format:
    """A format as a file. module: in ner_core.formats, with write and read of lines, or write_file and read_file."""

    name: str
    suffix: str
    module: str
    is_text: bool = True

    def write_file(self, records: Iterable[Record], path: Path) -> int:
        """Writes the records and answers how many; streams, unless the module says otherwise."""
        module = self._module()
        if hasattr(module, "write_file"):
            return module.write_file(records, path)
        counted = _Counted(records)
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(module.write(counted))
        return counted.count

    def read_file(self, path: Path, *, on_error: OnError = raise_error) -> Iterator[Record]:
        """Raises UnicodeDecodeError, before the first record, for a text format that is not UTF-8."""
        module = self._module()
        if self.is_text:
            _require_utf8(path)
        if hasattr(module, "read_file"):
            yield from module.read_file(path, on_error=on_error)
            return
        with path.open(encoding="utf-8", newline="") as file:
            yield from module.read(_bounded_lines(file), on_error=on_error)

    def _module(self) -> ModuleType:
        return import_module(f"ner_core.formats.{self.module}")


def _require_utf8(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        while file.read(_BLOCK):
            pass


def _bounded_lines(file: TextIO) -> Iterator[str]:
    """Of a line that is longer than any title with its spans only so much that its reader must refuse it."""
    while line := file.readline(_LONGEST_LINE):
        yield line
        while len(line) == _LONGEST_LINE and not line.endswith(("\n", "\r")):
            line = file.readline(_LONGEST_LINE)


class _Counted:
    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Iterator[Record]:
        for record in self._records:
            self.count += 1
            yield record


FORMATS = {
    found.name: found
    for found in (
        Format("jsonl", ".jsonl", "jsonl"),
        Format("conll", ".conll", "conll"),
        Format("csv", ".csv", "table"),
        Format("parquet", ".parquet", "parquet", is_text=False),
        Format("spacy", ".spacy", "docbin", is_text=False),
        Format("labelstudio", ".json", "labelstudio"),
        Format("doccano", ".jsonl", "doccano"),
    )
}
