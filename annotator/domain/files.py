"""Files that appear under their name only when they are whole."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

PARTIAL_PREFIX = ".lineup-partial-"
ABANDONED_AFTER_SECONDS = 24 * 3600


@contextmanager
def partial_file(directory: Path) -> Iterator[IO[bytes]]:
    """A file to write to in `directory`, made if absent; gone on the way out unless `publish` named it.

    What a killed process left behind is removed by a later call, a day after it was last written to.
    """
    directory.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(directory)
    with NamedTemporaryFile(dir=directory, prefix=PARTIAL_PREFIX, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def publish(file: IO[bytes], path: Path) -> None:
    """Gives a partial file its name, at once and for good: it is on the disk before it can be seen. Replaces what was there."""
    file.flush()
    Path(file.name).chmod(0o644)
    os.fsync(file.fileno())
    Path(file.name).replace(path)


def _remove_abandoned(directory: Path) -> None:
    limit = time.time() - ABANDONED_AFTER_SECONDS
    for path in directory.glob(f"{PARTIAL_PREFIX}*"):
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
        except FileNotFoundError:  # another process removed it first
            continue
