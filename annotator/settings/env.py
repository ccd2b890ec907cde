"""Typed readers of environment variables. A bad value stops the start with a message that names the variable."""

from __future__ import annotations  # the methods of BoundedEnv are named after types

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from environs import Env, EnvError, ValidationError

from annotator.settings.limits import problem_of

BASE_DIR = Path(__file__).resolve().parents[2]


class BoundedEnv(Env):
    """Holds numbers and words to annotator/settings/limits.py, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def int(self, name: str, default: int, **options: Any) -> int:
        return super().int(self._noted(name), default, validate=_within(name), **options)

    def float(self, name: str, default: float, **options: Any) -> float:
        return super().float(self._noted(name), default, **{"validate": _within(name)} | options)

    def str(self, name: str, default: str, **options: Any) -> str:
        return super().str(self._noted(name), default, **{"validate": _within(name)} | options)

    def bool(self, name: str, default: bool, **options: Any) -> bool:
        return super().bool(self._noted(name), default, **options)

    def list(self, name: str, default: list, **options: Any) -> list:
        return super().list(self._noted(name), default, **options)

    def dict(self, name: str, default: dict, **options: Any) -> dict:
        return super().dict(self._noted(name), default, **options)

    def path(self, name: str, default: Path, **options: Any) -> Path:
        return super().path(self._noted(name), default, **options)

    def _noted(self, name: str) -> str:
        self.asked.add(name)
        return name


def _within(name: str) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        if problem := problem_of(name, value):
            raise ValidationError(problem)

    return check


env = BoundedEnv()


def read_share(name: str, default: float) -> float:
    """A number in [0, 1]."""
    return env.float(name, default, validate=_in_unit_interval)


def read_choice(name: str, default: str, choices: Collection[str]) -> str:
    """One of these words."""

    def is_choice(value: str) -> None:
        if value not in choices:
            message = f"must be one of {', '.join(choices)}, not {value}"
            raise ValidationError(message)

    return env.str(name, default, validate=is_choice)


def read_rate(name: str, default: str) -> str:
    """So many in so long, e.g. 6000/min."""
    return env.str(name, default, validate=_is_rate)


def read_secret(name: str) -> str:
    """`NAME`, or the content of the file that `NAME_FILE` points to (Docker and Kubernetes secrets); "" when neither is set."""
    path = env.str(f"{name}_FILE", "")
    if not path:
        return env.str(name, "")
    try:
        return Path(path).read_text(encoding="utf8").strip()
    except OSError as error:
        message = f'Environment variable "{name}_FILE" names a file that cannot be read: {error}'
        raise EnvError(message) from error


def _in_unit_interval(value: float) -> None:
    if not 0 <= value <= 1:
        message = f"must lie between 0 and 1, not {value}"
        raise ValidationError(message)


def _is_rate(value: str) -> None:
    if not re.fullmatch(r"[1-9]\d*/(s|sec|second|m|min|minute|h|hour|d|day)", value):
        message = f"must be a number and a period, such as 6000/min, 10/sec or 100000/day, not {value}"
        raise ValidationError(message)
