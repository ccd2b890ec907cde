"""A task that writes down when it begins and ends."""

import os
import time
from pathlib import Path

from celery import shared_task


@shared_task(name="lineup.tag.slow_test_task")
def take_your_time(path: str, seconds: float) -> None:
    _note(path, f"begins {os.getpid()}")
    time.sleep(seconds)
    _note(path, f"ends {os.getpid()}")


def _note(path: str, line: str) -> None:
    with Path(path).open("a", encoding="ascii") as file:
        file.write(f"{line}\n")
